using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox;

/// <summary>
/// One running server process of the Sandbox: a node's data, and around it what serves clients. A member that is killed is thrown
/// away; when it restarts, a new one opens the same data.
/// </summary>
internal sealed class Member
{
    private const int RolesKept = 16;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<
        long,
        (Bson.RawDocument Hello, Bson.RawDocument Legacy)
    > roles = new();
    private int awaitingHellos;
    private long topologyCounter;

    internal Member(Node node, MemberOptions options)
    {
        Node = node;
        Options = options;
        Time = options.Time;
        StartedAt = Time.GetUtcNow();
        ProcessId = ObjectIds.New(Time);
        Cursors = new(Time, options.CursorsMax);
        Sessions = new(Time);
        Dispatcher = new(this);
        Writes = new(this);
        Defaults = new(this);
        Authority = new(this);
        Users = new(this);
        Roles = new(this);
        Authorizer = new(this);
        Parameters = new(this);
        Log = new(Time);
        Journal = new(this);
        Replica = options.Network is null ? null : new ReplicaMember(this, options);
        Router = options is { Cluster: { } cluster, Role: Sharding.ClusterRole.Router } ? new(this, cluster) : null;
        ForRouters = options is { Cluster: { } whole, ServesRouters: true } ? new(this, whole) : null;
    }

    /// <summary>The member's data.</summary>
    internal Node Node { get; }

    /// <summary>How it was started.</summary>
    internal MemberOptions Options { get; }

    /// <summary>The clock of this member.</summary>
    internal TimeProvider Time { get; }

    /// <summary>The release it behaves as.</summary>
    internal ServerProfile Profile => Options.Profile;

    /// <summary>The address clients and other members use.</summary>
    internal string Host => Options.Host;

    /// <summary>When the process started.</summary>
    internal DateTimeOffset StartedAt { get; }

    /// <summary>Marks tokens of natural-order scans as given by this member's data.</summary>
    internal Guid SyncId { get; } = Guid.NewGuid();

    /// <summary>Made anew at each start; with <see cref="TopologyCounter"/> it orders hello replies.</summary>
    internal RawValue ProcessId { get; }

    /// <summary>Counts the changes of role and configuration of this process.</summary>
    internal long TopologyCounter => Interlocked.Read(ref topologyCounter);

    /// <summary>How many <c>hello</c>s wait for <see cref="TopologyCounter"/> to move: <c>connections.awaitingTopologyChanges</c>.</summary>
    internal int AwaitingHellos => Volatile.Read(ref awaitingHellos);

    /// <summary>Raised when <see cref="TopologyCounter"/> has moved.</summary>
    internal ChangeSignal TopologyChanged { get; } = new();

    /// <summary>Open cursors.</summary>
    internal CursorRegistry Cursors { get; }

    /// <summary>Logical sessions seen here.</summary>
    internal SessionRegistry Sessions { get; }

    /// <summary>Runs the requests of all clients.</summary>
    internal CommandDispatcher Dispatcher { get; }

    /// <summary>What the server writes itself.</summary>
    internal ServerWrites Writes { get; }

    /// <summary>Where users and roles are read.</summary>
    internal Authority Authority { get; }

    /// <summary>Users.</summary>
    internal UserDirectory Users { get; }

    /// <summary>Roles made by users, and what roles come to.</summary>
    internal RoleDirectory Roles { get; }

    /// <summary>Decides what a client may do.</summary>
    internal Authorizer Authorizer { get; }

    /// <summary>Server parameters.</summary>
    internal ParameterTable Parameters { get; }

    /// <summary>The last lines of its log.</summary>
    internal ServerLog Log { get; }

    /// <summary>Account of the operations that have ended.</summary>
    internal OperationJournal Journal { get; }

    /// <summary>Stops writes while it is held.</summary>
    internal FsyncLock FsyncLock { get; } = new();

    /// <summary>Failpoints that are set.</summary>
    internal FailPointTable FailPoints { get; } = new();

    /// <summary>What the faults asked for do to this member's traffic.</summary>
    internal TrafficGate Traffic => Options.Traffic;

    /// <summary>Commands running now.</summary>
    internal OperationTable Operations { get; } = new();

    /// <summary>What has gone over its connections.</summary>
    internal TrafficCounters Counters { get; } = new();

    /// <summary>Clients connected now.</summary>
    internal ClientTable Clients { get; } = new();

    /// <summary>The concerns of clients that give none.</summary>
    internal ConcernDefaults Defaults { get; }

    /// <summary>Its part in the replica set; <see langword="null"/> for a standalone.</summary>
    internal ReplicaMember? Replica { get; }

    /// <summary>What it does as a router of a sharded cluster; <see langword="null"/> for servers with data.</summary>
    internal Sharding.Router? Router { get; }

    /// <summary>What it does for routers of another process; <see langword="null"/> where its routers, if any, are in this one.</summary>
    internal Sharding.RouterService? ForRouters { get; }

    /// <summary>Routers at work in this member.</summary>
    internal Sharding.Visits Visits { get; } = new();

    /// <summary>Whether replies carry cluster times, and sessions may have numbers.</summary>
    internal bool KeepsClusterTime => IsReplicaSetMember || Router is not null;

    /// <summary>Whether this member accepts writes.</summary>
    internal bool IsPrimary => Replica?.IsPrimary ?? true;

    /// <summary>Whether the member belongs to a replica set (otherwise it is a standalone).</summary>
    internal bool IsReplicaSetMember => Replica is not null;

    /// <summary>The <c>topologyVersion</c> of replies.</summary>
    internal RawDocument TopologyVersion =>
        new DocumentBuilder { { "processId", ProcessId }, { "counter", TopologyCounter } }.Build();

    /// <summary>Aborts open transactions: what a member that stops being primary does.</summary>
    internal void InterruptTransactions()
    {
        Node.Transactions.AbortAll();
        Cursors.KillWhere(cursor => cursor.Session.IsTransaction);
    }

    /// <summary>Says that role or configuration changed: waiting hellos answer.</summary>
    internal void RaiseTopologyChange()
    {
        if (Replica is { } replica)
        {
            var state = Commands.ReplicaStatus.Name(replica.State);
            Log.Write("REPL", 21358, "ReplCoord", "Replica set state transition", Said("newState", state));
        }

        var counter = Interlocked.Increment(ref topologyCounter);
        roles[counter] = (RoleNow("hello"), RoleNow("isMaster"));
        _ = roles.TryRemove(counter - RolesKept, out _);
        TopologyChanged.Raise();
    }

    /// <summary>Counts those that begin or end to wait.</summary>
    internal void CountAwaitingHello(int by) => Interlocked.Add(ref awaitingHellos, by);

    /// <summary>What <c>hello</c>, or its older name, said of the role when the counter had moved on from a value.</summary>
    internal Bson.RawDocument? RoleAfter(long counter, string name) =>
        !roles.TryGetValue(counter + 1, out var role) ? null
        : name == "hello" ? role.Hello
        : role.Legacy;

    private Bson.RawDocument RoleNow(string name)
    {
        var role = new Bson.DocumentBuilder();
        HelloRole.Append(role, this, name);
        return role.Build();
    }

    private static Bson.RawDocument Said(string name, string value) =>
        new Bson.DocumentBuilder { { name, value } }.Build();

    /// <summary>Refuses writes of a member that is no longer primary; called with the write lock held.</summary>
    internal void CheckAcceptsWrites()
    {
        if (!IsPrimary)
        {
            throw new CommandException(ErrorCode.NotWritablePrimary, "not primary");
        }
    }
}
