using System.Net;
using System.Net.Sockets;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Restoring;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox;

/// <summary>
/// A running Sandbox: a standalone server or the members of a replica set, in this process, each on its own port. Members can be
/// killed, restarted, stalled and cut off from each other and from clients.
/// </summary>
public sealed class SandboxCluster : IAsyncDisposable
{
    private readonly SandboxOptions options;
    private readonly string directory;
    private readonly int[] ports;
    private readonly Socket?[] sockets;
    private readonly MemberProcess?[] processes;
    private readonly ReplicaNetwork network;
    private readonly ReplicaConfig? config;
    private readonly TlsSettings? tls;
    private readonly SemaphoreSlim lifecycle = new(1);

    private SandboxCluster(SandboxOptions options)
    {
        this.options = options;
        var count = options.IsStandalone ? 1 : options.Members;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(options));
        directory = options.DataDirectory ?? Directory.CreateTempSubdirectory("godwit-sandbox-").FullName;
        sockets =
        [
            .. Enumerable.Range(0, count).Select(i => MemberListener.Bind(options.Port == 0 ? 0 : options.Port + i)),
        ];
        ports = [.. sockets.Select(socket => ((IPEndPoint)socket!.LocalEndPoint!).Port)];
        processes = new MemberProcess?[count];
        network = new ReplicaNetwork(count);
        config = options.IsStandalone
            ? null
            : new(options.ReplicaSetName, [.. ports.Select(port => $"127.0.0.1:{port}")], ObjectIds.New(options.Time));
        tls = options.TlsCertificateKeyFile is { } file
            ? TlsSettings.FromPemFile(file, options.TlsAuthorityFile)
            : null;
    }

    /// <summary>The members' ports.</summary>
    public IReadOnlyList<int> Ports => ports;

    /// <summary>How clients connect; carries the credential, so it must not be shown where that matters.</summary>
    public string ConnectionString
    {
        get
        {
            var login = options.Credential is { } credential
                ? $"{Uri.EscapeDataString(credential.User)}:{Uri.EscapeDataString(credential.Password)}@"
                : "";
            var hosts = string.Join(',', ports.Select(port => $"127.0.0.1:{port}"));
            var parameters = new List<string>
            {
                config is null ? "directConnection=true" : $"replicaSet={config.Name}",
            };
            if (tls is not null)
            {
                parameters.Add("tls=true");
            }

            return $"mongodb://{login}{hosts}/?{string.Join('&', parameters)}";
        }
    }

    /// <summary>The member that is primary now; −1 while there is none.</summary>
    public int PrimaryIndex => Array.FindIndex(processes, process => process?.Member.IsPrimary == true);

    /// <summary>Starts a Sandbox; ready for clients when the task completes.</summary>
    public static async Task<SandboxCluster> StartAsync(
        SandboxOptions options,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        var cluster = new SandboxCluster(options);
        for (var i = 0; i < cluster.processes.Length; i++)
        {
            cluster.StartMember(i);
        }

        await cluster.WaitForPrimaryAsync(cancellationToken).ConfigureAwait(false);
        await cluster.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return cluster;
    }

    /// <summary>Waits until a member is primary.</summary>
    public async Task WaitForPrimaryAsync(CancellationToken cancellationToken = default)
    {
        while (PrimaryIndex < 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Kills a member as if its process had died.</summary>
    public async Task KillAsync(int index, CancellationToken cancellationToken = default)
    {
        await lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await KillUnderLockAsync(index).ConfigureAwait(false);
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>Starts a killed member again on its port and data.</summary>
    public async Task RestartAsync(int index, CancellationToken cancellationToken = default)
    {
        await lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await KillUnderLockAsync(index).ConfigureAwait(false);
            StartMember(index);
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>Freezes a member (as SIGSTOP does) or lets it go on.</summary>
    public void SetStalled(int index, bool isStalled) => Running(index).Traffic.IsStalled = isStalled;

    /// <summary>Cuts a member off from all clients, or restores that.</summary>
    public void SetCutFromClients(int index, bool isCut) => Running(index).Traffic.IsCutFromClients = isCut;

    /// <summary>Cuts or restores the connection between two members.</summary>
    public void SetPartitioned(int one, int other, bool isPartitioned) => network.SetCut(one, other, isPartitioned);

    /// <summary>Restores all connections, and lets all members go on.</summary>
    public void Heal()
    {
        network.Heal();
        foreach (var process in processes.OfType<MemberProcess>())
        {
            process.Member.Traffic.IsStalled = false;
            process.Member.Traffic.IsCutFromClients = false;
        }
    }

    /// <summary>The member as it runs now.</summary>
    internal Member Running(int index) =>
        processes[index]?.Member ?? throw new InvalidOperationException($"member {index} is not running");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await lifecycle.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        for (var i = 0; i < processes.Length; i++)
        {
            await KillUnderLockAsync(i).ConfigureAwait(false);
            sockets[i]?.Dispose();
        }

        if (options.DataDirectory is null)
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task KillUnderLockAsync(int index)
    {
        if (processes[index] is { } process)
        {
            processes[index] = null;
            await process.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void StartMember(int index)
    {
        var home = Path.Combine(directory, $"member-{index}");
        Directory.CreateDirectory(home);
        var member = new MemberOptions
        {
            Index = index,
            Host = $"127.0.0.1:{ports[index]}",
            Replica = config,
            Network = config is null ? null : network,
            Profile = ServerProfile.Parse(options.MongoVersion),
            Time = options.Time,
            IsAuthRequired = options.Credential is not null,
            Tls = tls,
            DataDirectory = home,
        };
        var socket = sockets[index] ?? MemberListener.Bind(ports[index]);
        sockets[index] = null;
        processes[index] = MemberProcess.Start(member, DataOptions(home), socket, () => Resync(index));
    }

    private NodeOptions DataOptions(string home) =>
        new()
        {
            DataDirectory = Path.Combine(home, "data"),
            ReplicaSet = config?.Name,
            Time = options.Time,
            ServerVersion = ServerProfile.Parse(options.MongoVersion).Version,
            OplogBytesMax = options.OplogBytesMax,
        };

    private void Resync(int index) => _ = index;

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var primary = Running(PrimaryIndex);
        if (options.RestoreDirectory is { } dump)
        {
            await new DumpRestorer(primary).RestoreAsync(dump, cancellationToken).ConfigureAwait(false);
        }

        if (options.Credential is { } credential)
        {
            await primary.Users.CreateFirstAsync(credential, cancellationToken).ConfigureAwait(false);
        }
    }
}
