using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox;

/// <summary>How one member is started.</summary>
internal sealed record MemberOptions
{
    /// <summary>Position in the set, from 0.</summary>
    internal int Index { get; init; }

    /// <summary>The address it is known by, <c>host:port</c>.</summary>
    internal string Host { get; init; } = "127.0.0.1:0";

    /// <summary>The set's configuration, for a member of one; without it, a member of a set waits to be added or initiated.</summary>
    internal ReplicaConfig? Replica { get; init; }

    /// <summary>The name of the set it belongs to or waits for.</summary>
    internal string SetName { get; init; } = "rs0";

    /// <summary>The first entry of the set's oplog, for a member that begins with it; see <see cref="SetBirth"/>.</summary>
    internal Bson.RawDocument? Birth { get; init; }

    /// <summary>Who can talk to whom in the set.</summary>
    internal ReplicaNetwork? Network { get; init; }

    /// <summary>The release it behaves as.</summary>
    internal ServerProfile Profile { get; init; } = ServerProfile.V80;

    /// <summary>Its clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The right clock, by which it is told who has been silent for how long; <see langword="null"/> for its own.</summary>
    internal TimeProvider? Steady { get; init; }

    /// <summary>Whether clients must log in.</summary>
    internal bool IsAuthRequired { get; init; }

    /// <summary>What other processes of its cluster log in by; <see langword="null"/> where none can.</summary>
    internal Auth.SecurityKey? Key { get; init; }

    /// <summary>TLS, where it is spoken.</summary>
    internal TlsSettings? Tls { get; init; }

    /// <summary>Whether it has no data in a set that has some: it takes them from another member.</summary>
    internal bool NeedsInitialSync { get; init; }

    /// <summary>What lies between it and the world.</summary>
    internal TrafficGate Traffic { get; init; } = new(TimeProvider.System);

    /// <summary>Called with what the process ends by.</summary>
    internal Action<Exception>? Failed { get; init; }

    /// <summary>Does what members cannot do to themselves: faults on request.</summary>
    internal ClusterFaults? Faults { get; init; }

    /// <summary>The sharded cluster it belongs to.</summary>
    internal Sharding.ShardedCluster? Cluster { get; init; }

    /// <summary>How many clients it serves at a time (<c>net.maxIncomingConnections</c>).</summary>
    internal int ConnectionsMax { get; init; } = Connections.ClientTable.Max;

    /// <summary>How many cursors it keeps open at a time.</summary>
    internal int CursorsMax { get; init; } = Cursors.CursorRegistry.Max;

    /// <summary>Whether its routers are in another process.</summary>
    internal bool ServesRouters { get; init; }

    /// <summary>Its part in that cluster.</summary>
    internal Sharding.ClusterRole Role { get; init; }

    /// <summary>How long its primary is idle before it writes an entry that changes nothing.</summary>
    internal TimeSpan PeriodicNoOp { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where the data are.</summary>
    internal string DataDirectory { get; init; } = "";
}
