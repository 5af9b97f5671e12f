using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The reply of <c>serverStatus</c>: the sections clients look at.</summary>
internal static class ServerStatus
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Build(CommandContext context)
    {
        var member = context.Member;
        var uptime = member.Time.GetUtcNow() - member.StartedAt;
        var reply = new DocumentBuilder(4096)
        {
            { "host", member.Host },
            { "version", member.Profile.Version.ToString() },
            { "process", member.Router is null ? "mongod" : "mongos" },
            { "service", new ArrayBuilder { "shard" }.Build() },
            { "pid", (long)Environment.ProcessId },
            { "uptime", Math.Floor(uptime.TotalSeconds) },
            { "uptimeMillis", (long)uptime.TotalMilliseconds },
            { "uptimeEstimate", (long)uptime.TotalSeconds },
            { "localTime", RawValue.DateTime(member.Time.GetUtcNow()) },
            { "asserts", member.Counters.DescribeAsserts() },
            { "connections", Connections(member) },
            {
                "extra_info",
                new DocumentBuilder { { "note", "fields vary by platform" }, { "page_faults", 0L } }
            },
            { "globalLock", GlobalLock(member, uptime) },
            {
                "logicalSessionRecordCache",
                new DocumentBuilder
                {
                    { "activeSessionsCount", member.Sessions.Active.Count },
                    { "lastSessionsCollectionJobTimestamp", RawValue.DateTime(member.StartedAt) },
                    { "lastTransactionReaperJobTimestamp", RawValue.DateTime(member.StartedAt) },
                }
            },
            { "network", member.Counters.DescribeNetwork() },
            { "opcounters", member.Counters.DescribeOperations() },
            { "opcountersRepl", new TrafficCounters().DescribeOperations() },
        };
        if (member.Replica is { } replica)
        {
            reply.Add("repl", Replication(member, replica));
        }

        reply
            .Add("storageEngine", StorageEngine(member))
            .Add("transactions", Transactions(member))
            .Add("mem", Memory())
            .Add("metrics", Metrics(member));
        return member.Router is null ? Complete(reply.Build(), member) : reply;
    }

    private static DocumentBuilder Complete(RawDocument known, Member member)
    {
        var more = new DocumentBuilder
        {
            { "catalogStats", Catalog(member) },
            { "defaultRWConcern", ConcernDefaultCommands.Describe(member) },
            { "featureCompatibilityVersion", FeatureCompatibility.Parts(member) },
            { "opLatencies", member.Journal.DescribeLatencies() },
            { "locks", StatusTemplate.Locks(member.IsPrimary) },
        }.Build();
        var first = new HashSet<string>(["host", "version", "process", "service"], StringComparer.Ordinal);
        var (reply, rest) = (new DocumentBuilder(64 * 1024), new DocumentBuilder(4096));
        foreach (var section in known)
        {
            _ = first.Contains(section.Name) ? reply.Add(section) : rest.Add(section);
        }

        var filled = StatusTemplate.Fill(rest.AddAll(more).Build());
        foreach (var section in filled.Build())
        {
            // A server outside of a set has no section of it.
            if (member.Replica is not null || !section.NameIs("repl"))
            {
                reply.Add(section);
            }
        }

        return reply;
    }

    // By the names applications give themselves; who fetches the oplog is one.
    private static RawValue ApiVersions(Member member)
    {
        var names = member.Clients.Connected.Select(client => client.ApplicationName).Append("");
        if (member.Replica is { IsPrimary: true, Config.Members.Count: > 1 })
        {
            names = names.Append("OplogFetcher");
        }

        var versions = new DocumentBuilder();
        foreach (var name in names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            versions.Add(name, new ArrayBuilder { "default" }.Build());
        }

        return versions;
    }

    private static RawValue Catalog(Member member)
    {
        var all = member.Node.Catalog.Latest.Collections.ToList();
        var own = all.Where(one => one.Namespace.Database is "admin" or "config" or "local").ToList();
        var users = all.Except(own).ToList();
        return new DocumentBuilder
        {
            { "collections", users.Count(one => !one.IsView && !one.Options.Has("timeseries")) },
            { "capped", users.Count(one => one.IsCapped) },
            { "clustered", users.Count(one => one.Options.Has("clusteredIndex") && !one.Options.Has("timeseries")) },
            { "timeseries", users.Count(one => !one.IsView && one.Options.Has("timeseries")) },
            { "views", users.Count(one => one.IsView) },
            { "internalCollections", own.Count(one => !one.IsView) },
            { "internalViews", own.Count(one => one.IsView) },
        };
    }

    private static DocumentBuilder GlobalLock(Member member, TimeSpan uptime)
    {
        var running = member.Operations.Running.Count();
        return new()
        {
            { "totalTime", (long)uptime.TotalMicroseconds },
            { "currentQueue", Amounts(0) },
            { "activeClients", Amounts(running) },
        };
    }

    // What runs is not told apart: it counts as reading.
    private static RawValue Amounts(int total) =>
        new DocumentBuilder
        {
            { "total", total },
            { "readers", total },
            { "writers", 0 },
        };

    private static DocumentBuilder Connections(Member member)
    {
        var current = member.Clients.Connected.Count;
        return new()
        {
            { "current", current },
            { "available", member.Options.ConnectionsMax - current },
            { "totalCreated", member.Clients.TotalCreated },
            { "rejected", member.Clients.Rejected },
            { "active", member.Operations.Running.Count() },
            { "awaitingTopologyChanges", (long)member.AwaitingHellos },
        };
    }

    private static DocumentBuilder Memory() =>
        new()
        {
            { "bits", 64 },
            { "resident", (int)(Environment.WorkingSet / (1024 * 1024)) },
            { "virtual", (int)(Environment.WorkingSet / (1024 * 1024)) },
            { "supported", true },
        };

    private static DocumentBuilder Metrics(Member member) =>
        new()
        {
            { "apiVersions", ApiVersions(member) },
            { "commands", member.Journal.DescribeCommands() },
            {
                "cursor",
                new DocumentBuilder
                {
                    {
                        "open",
                        new DocumentBuilder { { "total", (long)member.Cursors.Open.Count() } }
                    },
                }
            },
        };

    private static DocumentBuilder Replication(Member member, ReplicaMember replica) =>
        new()
        {
            { "topologyVersion", member.TopologyVersion },
            { "hosts", HelloRole.Hosts(replica, member => !member.IsHidden && member.Priority > 0) },
            { "setName", member.Options.SetName },
            { "setVersion", (int)(replica.CurrentConfig?.Version ?? 0) },
            { "isWritablePrimary", replica.IsPrimary },
            { "secondary", replica.State == MemberState.Secondary },
            { "primary", replica.PrimaryHost },
            { "me", member.Host },
            { "electionId", replica.IsPrimary ? replica.ElectionId : RawValue.Missing },
            {
                "lastWrite",
                replica.State == MemberState.Arbiter ? RawValue.Missing : (RawValue)HelloRole.LastWrite(member.Node)
            },
            { "primaryOnlyServices", RawDocument.Empty },
            { "rbid", member.Node.RollbackId },
            { "userWriteBlockMode", member.Node.WriteBlock.IsOn ? 2 : 1 },
        };

    private static DocumentBuilder StorageEngine(Member member) =>
        new()
        {
            { "name", "wiredTiger" },
            { "oldestRequiredTimestampForCrashRecovery", member.Node.LastCheckpoint },
            { "supportsPendingDrops", true },
            { "supportsSnapshotReadConcern", true },
            { "supportsCommittedReads", true },
            { "persistent", true },
            { "readOnly", false },
        };

    private static DocumentBuilder Transactions(Member member) =>
        new()
        {
            { "currentOpen", (long)member.Node.Transactions.Open.Count() },
            { "currentInactive", (long)member.Node.Transactions.Open.Count() },
        };
}
