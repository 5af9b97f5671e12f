namespace Godwit.Sandbox;

/// <summary>What kind of sharded cluster the Sandbox is to be.</summary>
public sealed record ShardedOptions
{
    /// <summary>
    /// Number of shards. Default 2. None makes a cluster whose shards run in other processes (<see cref="SandboxOptions.IsShard"/>): <c>addShard</c>
    /// brings them in.
    /// </summary>
    public int Shards { get; init; } = 2;

    /// <summary>Number of replica sets that are started beside the shards, for <c>addShard</c>. Default 0.</summary>
    public int SpareSets { get; init; }

    /// <summary>Members of each shard and of the config servers. Default 1.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Number of routers. Default 1.</summary>
    public int Routers { get; init; } = 1;

    /// <summary>Port of the first router; the other routers, the config servers and the shards follow. 0 lets the system choose. Default 0.</summary>
    public int Port { get; init; }

    /// <summary>A port that takes faults; 0 lets the system choose. Default none.</summary>
    public int? ControlPort { get; init; }

    /// <summary>Where the data are kept; <see langword="null"/> for a temporary folder that is removed at the end.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>The MongoDB release to behave as: 6.0, 7.0 or 8.0. Default 8.0.</summary>
    public string MongoVersion { get; init; } = "8.0";

    /// <summary>Bytes of oplog each member keeps. Default 1 GiB.</summary>
    public long OplogBytesMax { get; init; } = 1L << 30;

    /// <summary>
    /// How long an idle primary waits before it writes an oplog entry that changes nothing: mongod's <c>periodicNoopIntervalSecs</c>, from
    /// 1 to 10 seconds. A change stream through a router learns of an event no sooner than the idlest shard has written. Default 10.
    /// </summary>
    public TimeSpan PeriodicNoOp { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The first user, with all rights, made on the config servers, whose users log in through routers, and on every shard, where it
    /// is needed to log in past them. Clients must log in then. Default none.
    /// </summary>
    public SandboxCredential? Credential { get; init; }

    /// <summary>
    /// A file with a key by which the processes of a cluster log in to one another, as mongod's <c>keyFile</c>: clients must log in then.
    /// Where there are users, processes that make up a cluster together need it. Default none.
    /// </summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with certificate and key of every process; clients must speak TLS then. Default none.</summary>
    public string? TlsCertificateKeyFile { get; init; }

    /// <summary>PEM file of the authority that signs client certificates; without it any is taken.</summary>
    public string? TlsAuthorityFile { get; init; }

    /// <summary>A folder in mongodump's format that is restored through a router before the cluster is ready. Default none.</summary>
    public string? RestoreDirectory { get; init; }

    /// <summary>How long the balancer rests after a round that moved nothing: 10 seconds, as mongod's.</summary>
    internal TimeSpan BalancerPause { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of all processes. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
