using System.Net;
using System.Net.Sockets;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Restoring;
using Godwit.Sandbox.Sharding;

namespace Godwit.Sandbox;

/// <summary>A running sharded cluster: config servers, shards and routers, in this process, each member on its own port.</summary>
public sealed class ShardedSandbox : IAsyncDisposable
{
    private readonly ShardedOptions options;
    private readonly Storage.TemporaryFolder? temporary;
    private readonly string directory;
    private readonly ShardedCluster cluster;
    private readonly SecurityKey? key;
    private readonly TlsSettings? tls;
    private readonly List<MemberProcess> routers = [];
    private readonly List<SandboxCluster> sets = [];
    private readonly TaskCompletionSource<Exception> failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket[] sockets;
    private readonly TrafficGate[] traffic;
    private ControlServer? control;

    private ShardedSandbox(ShardedOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Shards, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Members, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Routers, 1, nameof(options));
        if (options is { Shards: 0, Credential: not null, KeyFile: null })
        {
            throw new ArgumentException(PeerSettings.NeedsKey, nameof(options));
        }

        this.options = options;
        key = SecurityKey.Of(options.KeyFile);
        tls = TlsSettings.Of(options.TlsCertificateKeyFile, options.TlsAuthorityFile);
        temporary = options.DataDirectory is null ? Storage.TemporaryFolder.Create(TimeProvider.System) : null;
        directory = options.DataDirectory ?? temporary!.Path;
        if (options.DataDirectory is not null)
        {
            Storage.FolderKind.Claim(
                directory,
                options.Shards == 0 ? Storage.FolderKind.ConfigServer : Storage.FolderKind.ShardedCluster
            );
        }

        cluster = new(options.Time, options.BalancerPause, takesRemoteShards: options.Shards == 0)
        {
            Peers = PeerSettings.Of(key, options.TlsCertificateKeyFile, options.TlsAuthorityFile),
        };
        sockets =
        [
            .. Enumerable
                .Range(0, options.Routers)
                .Select(i => MemberListener.Bind(options.Port == 0 ? 0 : options.Port + i)),
        ];
        RouterPorts = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        traffic = [.. sockets.Select(_ => new TrafficGate(options.Time))];
        cluster.Routers = [.. RouterPorts.Select(port => $"127.0.0.1:{port}")];
    }

    /// <summary>The routers' ports.</summary>
    public IReadOnlyList<int> RouterPorts { get; }

    /// <summary>The port that takes faults; <see langword="null"/> for none.</summary>
    public int? ControlPort => control?.Port;

    /// <summary>The config servers.</summary>
    public SandboxCluster Config => sets[0];

    /// <summary>The shards, named s0, s1 and so on.</summary>
    public IReadOnlyList<SandboxCluster> Shards => sets[1..(1 + options.Shards)];

    /// <summary>The sets that can be added as shards; their names go on behind those of the shards.</summary>
    public IReadOnlyList<SandboxCluster> SpareSets => sets[(1 + options.Shards)..];

    /// <summary>How clients connect: through all routers. Carries the credential, so it must not be shown where that matters.</summary>
    public string ConnectionString =>
        SandboxCluster.UriOf(
            options.Credential,
            cluster.Routers,
            options.TlsCertificateKeyFile is null ? [] : ["tls=true"]
        );

    /// <summary>Completes when a process has ended because something inside it failed.</summary>
    public Task<Exception> Failure => failure.Task;

    /// <summary>Starts a sharded cluster; ready for clients when the task completes.</summary>
    public static async Task<ShardedSandbox> StartAsync(
        ShardedOptions options,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        var sandbox = new ShardedSandbox(options);
        var port = options.Port + options.Routers;
        var names = Enumerable.Range(0, options.Shards + options.SpareSets).Select(i => $"s{i}");
        await sandbox.StartSetAsync("cfg", ClusterRole.Config, port, cancellationToken).ConfigureAwait(false);
        foreach (var name in names)
        {
            port += options.Members;
            await sandbox.StartSetAsync(name, ClusterRole.Shard, port, cancellationToken).ConfigureAwait(false);
        }

        sandbox.cluster.Join(new LocalServer("config", sandbox.Config, sandbox.cluster), sandbox.sets[1..]);
        await sandbox.cluster.BeginAsync(options.Shards, cancellationToken).ConfigureAwait(false);
        sandbox.StartRouters();
        sandbox.control = options.ControlPort is { } wanted
            ? ControlServer.Open(
                wanted,
                [
                    .. sandbox.sets.Select(set => set.FaultTarget),
                    new TrafficFaults("mongos", sandbox.RouterPorts, sandbox.traffic),
                ]
            )
            : null;
        if (options.RestoreDirectory is { } dump)
        {
            await new DumpRestorer(sandbox.routers[0].Member)
                .RestoreAsync(dump, cancellationToken)
                .ConfigureAwait(false);
        }

        return sandbox;
    }

    /// <summary>Ends all processes.</summary>
    /// <exception cref="InvalidOperationException">A process had ended before, because something inside it failed.</exception>
    public async ValueTask DisposeAsync()
    {
        if (control is not null)
        {
            await control.DisposeAsync().ConfigureAwait(false);
        }

        await cluster.Ongoing.DisposeAsync().ConfigureAwait(false);
        foreach (var router in routers)
        {
            await router.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var set in sets)
        {
            await set.DisposeAsync().ConfigureAwait(false);
        }

        await cluster.CloseAsync().ConfigureAwait(false);
        cluster.Dispose();
        temporary?.Dispose();

        if (failure.Task.IsCompleted)
        {
            throw new InvalidOperationException(
                "a process of the Sandbox failed",
                await failure.Task.ConfigureAwait(false)
            );
        }
    }

    private async Task StartSetAsync(string name, ClusterRole role, int port, CancellationToken cancellationToken)
    {
        var set = await SandboxCluster
            .StartAsync(
                new SandboxOptions
                {
                    Members = options.Members,
                    ReplicaSetName = name,
                    Port = options.Port == 0 ? 0 : port,
                    DataDirectory = Path.Combine(directory, name),
                    MongoVersion = options.MongoVersion,
                    OplogBytesMax = options.OplogBytesMax,
                    PeriodicNoOp = options.PeriodicNoOp,
                    Credential = options.Credential,
                    KeyFile = options.KeyFile,
                    TlsCertificateKeyFile = options.TlsCertificateKeyFile,
                    TlsAuthorityFile = options.TlsAuthorityFile,
                    Time = options.Time,
                },
                cluster,
                role,
                cancellationToken
            )
            .ConfigureAwait(false);
        sets.Add(set);
        _ = set.Failure.ContinueWith(
            async failed => failure.TrySetResult(await failed.ConfigureAwait(false)),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default
        );
    }

    private void StartRouters()
    {
        for (var i = 0; i < sockets.Length; i++)
        {
            var profile = ServerProfile.Parse(options.MongoVersion);
            var member = new MemberOptions
            {
                Index = i,
                Host = cluster.Routers[i],
                Profile = profile,
                Time = options.Time,
                IsAuthRequired = options is not { Credential: null, KeyFile: null },
                Key = key,
                Tls = tls,
                Traffic = traffic[i],
                Cluster = cluster,
                Role = ClusterRole.Router,
            };
            routers.Add(
                MemberProcess.Start(
                    member,
                    new()
                    {
                        Time = options.Time,
                        Clock = cluster.Clock,
                        ServerVersion = profile.Version,
                    },
                    sockets[i],
                    (_, _) => { },
                    (_, cause) => failure.TrySetResult(cause)
                )
            );
        }
    }
}
