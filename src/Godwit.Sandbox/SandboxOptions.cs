namespace Godwit.Sandbox;

/// <summary>What kind of server the Sandbox is to be.</summary>
public sealed record SandboxOptions
{
    /// <summary>Number of members of the replica set. Default 3.</summary>
    public int Members { get; init; } = 3;

    /// <summary>
    /// Processes beside the members that belong to no set yet: <c>rs.add</c> makes members of them, on the ports after the others'. Default 0.
    /// </summary>
    public int SpareMembers { get; init; }

    /// <summary>Whether the set is initiated; otherwise all members wait for <c>replSetInitiate</c>. Default yes.</summary>
    public bool IsInitiated { get; init; } = true;

    /// <summary>
    /// The set's first configuration, as <c>replSetInitiate</c> takes it: <c>members</c> in the order of the ports (priorities, hidden,
    /// delayed, arbiters, tags; ids and hosts may be left out) and <c>settings</c>. Default: equal members.
    /// </summary>
    public Bson.RawDocument? FirstConfig { get; init; }

    /// <summary>A standalone server instead of a replica set. Default no.</summary>
    public bool IsStandalone { get; init; }

    /// <summary>Whether the set can be a shard of a cluster whose routers run in another process. Default no.</summary>
    public bool IsShard { get; init; }

    /// <summary>How many clients each member serves at a time; who comes when it is full is turned away. Default 50 000.</summary>
    public int ConnectionsMax { get; init; } = Connections.ClientTable.Max;

    /// <summary>How many cursors each member keeps open at a time; a query that needs one more is refused. Default 100 000.</summary>
    public int CursorsMax { get; init; } = Cursors.CursorRegistry.Max;

    /// <summary>Name of the replica set. Default "rs0".</summary>
    public string ReplicaSetName { get; init; } = "rs0";

    /// <summary>Port of the first member, the others follow; 0 lets the system choose each. Default 0.</summary>
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

    /// <summary>The first user, with all rights, made at the start; clients must log in then. Default none.</summary>
    public SandboxCredential? Credential { get; init; }

    /// <summary>
    /// A file with a key by which the processes of a cluster log in to one another, as mongod's <c>keyFile</c>: clients must log in then.
    /// Where there are users, processes that make up a cluster together need it. Default none.
    /// </summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with certificate and key; clients must speak TLS then. Default none.</summary>
    public string? TlsCertificateKeyFile { get; init; }

    /// <summary>PEM file of the authority that signs client certificates; without it any is taken.</summary>
    public string? TlsAuthorityFile { get; init; }

    /// <summary>A folder in mongodump's format that is restored before the server is ready. Default none.</summary>
    public string? RestoreDirectory { get; init; }

    /// <summary>The clock of all members. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
