using System.Net;
using System.Net.Sockets;
using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Restoring;
using Godwit.Sandbox.Sharding;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox;

/// <summary>
/// A running Sandbox: a standalone server or the members of a replica set, in this process, each on its own port. Members can be
/// killed, restarted, stalled and cut off from each other and from clients.
/// </summary>
public sealed partial class SandboxCluster : IAsyncDisposable
{
    private readonly SandboxOptions options;
    private readonly TemporaryFolder? temporary;
    private readonly string directory;
    private readonly int[] ports;
    private readonly Socket?[] sockets;
    private readonly MemberProcess?[] processes;
    private readonly ReplicaConfig? config;
    private readonly SecurityKey? key;
    private readonly TlsSettings? tls;
    private readonly ClusterFaults faults;
    private readonly Surroundings around;
    private readonly ControlServer? control;
    private readonly bool[] needsInitialSync;
    private readonly ServerProfile[] releases;
    private readonly RawDocument? birth;
    private readonly SemaphoreSlim lifecycle = new(1);
    private readonly TaskCompletionSource<Exception> failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Sharding.ShardedCluster? cluster;
    private readonly Sharding.ClusterRole role;
    private bool isDisposed;

    private SandboxCluster(
        SandboxOptions options,
        Sharding.ShardedCluster? cluster = null,
        Sharding.ClusterRole role = Sharding.ClusterRole.None
    )
    {
        this.options = options;
        if (options is { IsShard: true, IsStandalone: true })
        {
            throw new ArgumentException("a shard is a replica set", nameof(options));
        }

        if (options is { IsShard: true, Credential: not null, KeyFile: null })
        {
            throw new ArgumentException(PeerSettings.NeedsKey, nameof(options));
        }

        key = SecurityKey.Of(options.KeyFile);
        tls = TlsSettings.Of(options.TlsCertificateKeyFile, options.TlsAuthorityFile);

        // A shard of another process's cluster knows of that what its routers tell.
        this.cluster = options.IsShard
            ? new(options.Time, Timeout.InfiniteTimeSpan)
            {
                Peers = PeerSettings.Of(key, options.TlsCertificateKeyFile, options.TlsAuthorityFile),
            }
            : cluster;
        this.role = options.IsShard ? Sharding.ClusterRole.Shard : role;
        var count = options.IsStandalone ? 1 : options.Members + options.SpareMembers;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PeriodicNoOp, TimeSpan.FromSeconds(1), nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.PeriodicNoOp, TimeSpan.FromSeconds(10), nameof(options));
        sockets =
        [
            .. Enumerable.Range(0, count).Select(i => MemberListener.Bind(options.Port == 0 ? 0 : options.Port + i)),
        ];
        ports = [.. sockets.Select(socket => ((IPEndPoint)socket!.LocalEndPoint!).Port)];
        temporary = options.DataDirectory is null ? TemporaryFolder.Create(TimeProvider.System) : null;
        directory = options.DataDirectory ?? temporary!.Path;
        if (options.DataDirectory is not null && cluster is null)
        {
            FolderKind.Claim(
                directory,
                options.IsStandalone ? FolderKind.Standalone
                    : options.IsShard ? FolderKind.Shard
                    : FolderKind.ReplicaSet
            );
        }

        processes = new MemberProcess?[count];
        releases = [.. Enumerable.Repeat(ServerProfile.Parse(options.MongoVersion), count)];
        around = new Surroundings([.. Hosts], options.Time);
        faults = new ClusterFaults(this, around, new(options.ReplicaSetName, ports, around.Traffic));
        control = options.ControlPort is { } port ? ControlServer.Open(port, [faults]) : null;
        var hasData = Enumerable.Range(0, count).Select(i => Directory.Exists(DataOf(i))).ToArray();
        needsInitialSync = [.. hasData.Select(has => !has && hasData.Contains(true))];
        birth = options.IsStandalone || !options.IsInitiated ? null : SetBirth.Entry(options.Time);
        config = options.IsStandalone || !options.IsInitiated ? null : FirstConfig();
    }

    /// <summary>The members' ports.</summary>
    public IReadOnlyList<int> Ports => ports;

    /// <summary>The port that takes faults; <see langword="null"/> for none.</summary>
    public int? ControlPort => control?.Port;

    /// <summary>The set's name.</summary>
    internal string SetName => options.ReplicaSetName;

    /// <summary>The members' addresses.</summary>
    internal IEnumerable<string> Hosts => ports.Select(port => $"127.0.0.1:{port}");

    /// <summary>How clients connect; carries the credential, so it must not be shown where that matters.</summary>
    public string ConnectionString =>
        UriOf(
            options.Credential,
            Hosts.Take(config is null ? 1 : options.Members),
            [
                config is null ? "directConnection=true" : $"replicaSet={config.Name}",
                .. tls is null ? [] : new[] { "tls=true" },
            ]
        );

    /// <summary>The member that is primary now; −1 while there is none.</summary>
    public int PrimaryIndex => Array.FindIndex(processes, process => process?.Member.IsPrimary == true);

    /// <summary>Completes when a member has ended because something inside it failed.</summary>
    public Task<Exception> Failure => failure.Task;

    /// <summary>Does faults to the members.</summary>
    internal ClusterFaults FaultTarget => faults;

    /// <summary>The clock of all members.</summary>
    internal TimeProvider Time => options.Time;

    /// <summary>Starts a Sandbox; ready for clients when the task completes.</summary>
    public static Task<SandboxCluster> StartAsync(SandboxOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return StartAsync(new SandboxCluster(options), cancellationToken);
    }

    /// <summary>Starts a replica set that is part of a sharded cluster.</summary>
    internal static Task<SandboxCluster> StartAsync(
        SandboxOptions options,
        Sharding.ShardedCluster whole,
        Sharding.ClusterRole role,
        CancellationToken cancellationToken
    ) => StartAsync(new SandboxCluster(options, whole, role), cancellationToken);

    /// <summary>A connection string with the credential.</summary>
    internal static string UriOf(
        SandboxCredential? credential,
        IEnumerable<string> hosts,
        IReadOnlyList<string> parameters
    )
    {
        var login = credential is null
            ? ""
            : $"{Uri.EscapeDataString(credential.User)}:{Uri.EscapeDataString(credential.Password)}@";
        var options = parameters.Count == 0 ? "" : "?" + string.Join('&', parameters);
        return $"mongodb://{login}{string.Join(',', hosts)}/{options}";
    }

    private static async Task<SandboxCluster> StartAsync(SandboxCluster cluster, CancellationToken cancellationToken)
    {
        for (var i = 0; i < cluster.processes.Length; i++)
        {
            cluster.StartMember(i);
        }

        if (cluster is { config: null, options.IsStandalone: false })
        {
            return cluster;
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

    /// <summary>Freezes a member (as SIGSTOP does) or lets it go on.</summary>
    public void SetStalled(int index, bool isStalled) => around.Traffic[index].IsStalled = isStalled;

    /// <summary>Cuts a member off from all clients, or restores that.</summary>
    public void SetCutFromClients(int index, bool isCut) => around.Traffic[index].IsCutFromClients = isCut;

    /// <summary>Cuts or restores the connection between two members; one way only, the other still reaches the one.</summary>
    public void SetPartitioned(int one, int other, bool isPartitioned, bool isOneWay = false) =>
        around.Network.SetCut(one, other, isPartitioned, isOneWay);

    /// <summary>Restores all connections, disks and clocks, and lets all members go on that live.</summary>
    public void Heal() => around.Heal();

    /// <summary>The primary; <see langword="null"/> while there is none.</summary>
    internal Member? TryFindPrimary() => Array.Find(processes, process => process?.Member.IsPrimary == true)?.Member;

    /// <summary>A secondary that serves; <see langword="null"/> if there is none.</summary>
    internal Member? TryFindSecondary() =>
        Array.Find(processes, process => process?.Member.Replica?.State == MemberState.Secondary)?.Member;

    /// <summary>The member as it runs now.</summary>
    internal Member Running(int index) =>
        processes[index]?.Member ?? throw new InvalidOperationException($"member {index} is not running");

    /// <summary>Does something that a member cannot wait for, because it may end with it.</summary>
    internal void RunLater(Func<Task> work) =>
        _ = Task.Run(work)
            .ContinueWith(
                ended => failure.TrySetResult(ended.Exception!.GetBaseException()),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default
            );

    /// <summary>Ends all members.</summary>
    /// <exception cref="InvalidOperationException">A member had ended before, because something inside it failed.</exception>
    public async ValueTask DisposeAsync()
    {
        if (control is not null)
        {
            await control.DisposeAsync().ConfigureAwait(false);
        }

        await ChangeAsync(EndAsync, CancellationToken.None).ConfigureAwait(false);
        if (failure.Task.IsCompleted)
        {
            throw new InvalidOperationException(
                "a member of the Sandbox failed",
                await failure.Task.ConfigureAwait(false)
            );
        }
    }

    private async Task EndAsync()
    {
        isDisposed = true;
        for (var i = 0; i < processes.Length; i++)
        {
            await KillUnderLockAsync(i).ConfigureAwait(false);
            sockets[i]?.Dispose();
        }

        temporary?.Dispose();
    }

    /// <summary>Starts and ends members one change at a time, and none once the Sandbox has ended.</summary>
    private async Task ChangeAsync(Func<Task> change, CancellationToken cancellationToken)
    {
        await lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!isDisposed)
            {
                await change().ConfigureAwait(false);
            }
        }
        finally
        {
            _ = lifecycle.Release();
        }
    }

    private async Task KillUnderLockAsync(int index)
    {
        if (processes[index] is { } process)
        {
            processes[index] = null;
            await process.DisposeAsync().ConfigureAwait(false);
            sockets[index] = Reserved(ports[index]);
        }
    }

    // Where somebody was quicker, the start tries again, and says so.
    private static Socket? Reserved(int port)
    {
        try
        {
            return MemberListener.Reserve(port);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private ReplicaConfig FirstConfig()
    {
        var id = DamagedData.Guard(directory, () => SetIdentity.ReadOrChoose(directory, options.Time));
        var hosts = Hosts.Take(options.Members).ToList();
        try
        {
            var first = options.FirstConfig is { } given
                ? FirstReplicaConfig.Read(given, options.ReplicaSetName, hosts, id)
                : ReplicaConfig.Initial(options.ReplicaSetName, hosts, id);
            return first with { Term = 0, IsForConfigServers = role == Sharding.ClusterRole.Config };
        }
        catch (Errors.CommandException refused)
        {
            throw new ArgumentException($"the set cannot be configured so: {refused.Message}", refused);
        }
    }

    private string HomeOf(int index) => Path.Combine(directory, $"member-{index}");

    private string DataOf(int index) => Path.Combine(HomeOf(index), "data");

    private void StartMember(int index)
    {
        var home = HomeOf(index);
        Directory.CreateDirectory(home);
        around.Traffic[index].IsStalled = false;
        var member = new MemberOptions
        {
            Index = index,
            Host = $"127.0.0.1:{ports[index]}",
            Replica = index < options.Members ? config : null,
            SetName = options.ReplicaSetName,
            Birth = index < options.Members ? birth : null,
            Network = options.IsStandalone ? null : around.Network,
            Profile = releases[index],
            Time = around.Clocks[index],
            Steady = options.Time,
            IsAuthRequired = options is not { Credential: null, KeyFile: null },
            Key = key,
            Tls = tls,
            Traffic = around.Traffic[index],
            Faults = faults,
            Failed = cause => RunLater(() => EndFailedAsync(processes[index], cause)),
            NeedsInitialSync = needsInitialSync[index],
            Cluster = cluster,
            ServesRouters = options.IsShard,
            ConnectionsMax = options.ConnectionsMax,
            CursorsMax = options.CursorsMax,
            Role = role,
            PeriodicNoOp = options.PeriodicNoOp,
            DataDirectory = home,
        };
        var socket = sockets[index] ?? MemberListener.Reserve(ports[index]);
        MemberListener.Open(socket);
        sockets[index] = null;
        try
        {
            processes[index] = DamagedData.Guard(
                home,
                () =>
                    MemberProcess.Start(
                        member,
                        DataOptions(index),
                        socket,
                        (process, repair) => RunLater(() => RepairAsync(process, repair)),
                        (process, cause) => RunLater(() => EndFailedAsync(process, cause))
                    )
            );
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Task RepairAsync(MemberProcess process, Repair repair) =>
        ChangeAsync(
            async () =>
            {
                var index = Array.IndexOf(processes, process);
                if (index < 0)
                {
                    // It died meanwhile; started again, it finds out anew what it needs.
                    return;
                }

                await KillUnderLockAsync(index).ConfigureAwait(false);
                switch (repair)
                {
                    case Repair.RollBack rollBack:
                        Rewind.Run(DataOf(index), rollBack.CommonPoint);
                        break;
                    case Repair.CopyFrom copy when processes[copy.Source] is { } source:
                        Directory.Delete(DataOf(index), recursive: true);
                        source.Member.Node.Engine.CopyTo(DataOf(index));
                        needsInitialSync[index] = false;
                        break;
                    default:
                        break;
                }

                StartMember(index);
            },
            CancellationToken.None
        );

    private Task EndFailedAsync(MemberProcess? process, Exception cause)
    {
        if (cause is not DiskFullException)
        {
            _ = failure.TrySetResult(cause);
        }

        return ChangeAsync(
            async () =>
            {
                if (Array.IndexOf(processes, process) is >= 0 and var index)
                {
                    await KillUnderLockAsync(index).ConfigureAwait(false);
                }
            },
            CancellationToken.None
        );
    }

    private NodeOptions DataOptions(int index) =>
        new()
        {
            DataDirectory = DataOf(index),
            ReplicaSet = options.IsStandalone ? null : options.ReplicaSetName,
            IsInCluster = cluster is not null,
            Time = around.Clocks[index],
            Disk = around.Disks[index],
            ServerVersion = releases[index].Version,
            OplogBytesMax = options.OplogBytesMax,
        };

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
