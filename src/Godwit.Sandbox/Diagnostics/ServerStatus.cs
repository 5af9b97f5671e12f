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
            { "process", "mongod" },
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
                new DocumentBuilder { { "activeSessionsCount", member.Sessions.Active.Count } }
            },
            { "network", member.Counters.DescribeNetwork() },
            { "opcounters", member.Counters.DescribeOperations() },
            { "opcountersRepl", new TrafficCounters().DescribeOperations() },
        };
        if (member.Replica is { } replica)
        {
            reply.Add("repl", Replication(member, replica));
        }

        return reply
            .Add("storageEngine", StorageEngine())
            .Add("transactions", Transactions(member))
            .Add("mem", Memory())
            .Add("metrics", Metrics(member));
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
            { "available", 50_000 - current },
            { "totalCreated", member.Clients.TotalCreated },
            { "active", member.Operations.Running.Count() },
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
            { "hosts", RawValue.Array(replica.Config.Hosts.Select(RawValue.String)) },
            { "setName", replica.Config.Name },
            { "setVersion", ReplicaConfig.Version },
            { "isWritablePrimary", replica.IsPrimary },
            { "secondary", replica.State == MemberState.Secondary },
            { "primary", replica.PrimaryIndex >= 0 ? replica.Config.Hosts[replica.PrimaryIndex] : "" },
            { "me", member.Host },
            { "rbid", member.Node.RollbackId },
            { "userWriteBlockMode", member.Node.WriteBlock.IsOn ? 2 : 1 },
        };

    private static DocumentBuilder StorageEngine() =>
        new()
        {
            { "name", "wiredTiger" },
            { "supportsCommittedReads", true },
            { "persistent", true },
            { "readOnly", false },
        };

    private static DocumentBuilder Transactions(Member member) =>
        new() { { "currentOpen", (long)member.Node.Transactions.Open.Count() } };
}
