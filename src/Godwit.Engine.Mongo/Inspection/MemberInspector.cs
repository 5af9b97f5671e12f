using Godwit.Engine.Preflight;
using MongoDB.Bson;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>The replica set: its identity, its members, how far its oplog reaches back.</summary>
internal sealed class MemberInspector(CommandRunner commands)
{
    internal async Task<ClusterFacts> AddAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        facts = await AddConfigurationAsync(facts, cancellationToken).ConfigureAwait(false);
        facts = await AddHealthAsync(facts, cancellationToken).ConfigureAwait(false);
        facts = await AddSizeAsync(facts, cancellationToken).ConfigureAwait(false);
        return await AddOplogAsync(facts, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ClusterFacts> AddConfigurationAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var reply = await commands
            .TryRunAsync("admin", new("replSetGetConfig", 1), cancellationToken)
            .ConfigureAwait(false);
        if (reply is null)
        {
            return facts;
        }

        var config = reply["config"].AsBsonDocument;
        var members = config["members"].AsBsonArray.Select(m => m.AsBsonDocument).ToList();
        var arbiters = members.Count(m => m.GetValue("arbiterOnly", false).ToBoolean());
        var id = config
            .GetValue("settings", new BsonDocument())
            .AsBsonDocument.GetValue("replicaSetId", BsonNull.Value);
        return facts with
        {
            Identity = id.IsObjectId ? id.AsObjectId.ToString() : null,
            IsPartOfSharded =
                config.GetValue("configsvr", false).ToBoolean()
                || await IsShardAsync(cancellationToken).ConfigureAwait(false),
            Arbiters = arbiters,
            DataBearingMembers = members.Count - arbiters,
        };
    }

    /// <summary>A shard keeps the name of its cluster.</summary>
    private async Task<bool> IsShardAsync(CancellationToken cancellationToken)
    {
        var find = new BsonDocument
        {
            { "find", "system.version" },
            { "filter", new BsonDocument("_id", "shardIdentity") },
        };
        var reply = await commands.TryRunAsync("admin", find, cancellationToken).ConfigureAwait(false);
        return reply?["cursor"]["firstBatch"].AsBsonArray.Count > 0;
    }

    private async Task<ClusterFacts> AddHealthAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        const int primary = 1;
        const int secondary = 2;
        var reply = await commands
            .TryRunAsync("admin", new("replSetGetStatus", 1), cancellationToken)
            .ConfigureAwait(false);
        if (reply is null)
        {
            return facts;
        }

        var up = reply["members"].AsBsonArray.Count(m => m["state"].ToInt32() is primary or secondary);
        return facts with { IsMajorityReachable = up * 2 > facts.DataBearingMembers + facts.Arbiters };
    }

    /// <summary>What the server may use of its machine, which a container may bound.</summary>
    private async Task<ClusterFacts> AddSizeAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        const long megabyte = 1024 * 1024;
        var reply = await commands.TryRunAsync("admin", new("hostInfo", 1), cancellationToken).ConfigureAwait(false);
        if (reply?.GetValue("system", BsonNull.Value) is not BsonDocument system)
        {
            return facts;
        }

        var memory = Figure(system, "memLimitMB") ?? Figure(system, "memSizeMB");
        return facts with
        {
            MemoryBytes = memory * megabyte,
            Processors = (int?)(Figure(system, "numCoresAvailableToProcess") ?? Figure(system, "numCores")),
        };
    }

    /// <summary>A server that does not know says 0, or -1.</summary>
    private static long? Figure(BsonDocument system, string name) =>
        system.GetValue(name, BsonNull.Value) is { IsNumeric: true } figure && figure.ToInt64() > 0
            ? figure.ToInt64()
            : null;

    private async Task<ClusterFacts> AddOplogAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var first = await EntryTimeAsync(1, cancellationToken).ConfigureAwait(false);
        var last = await EntryTimeAsync(-1, cancellationToken).ConfigureAwait(false);
        var stats = await commands
            .TryRunAsync("local", new("collStats", "oplog.rs"), cancellationToken)
            .ConfigureAwait(false);
        return facts with
        {
            OplogWindow =
                first is { } from && last is { } to ? TimeSpan.FromSeconds((to - from) / Fullness(stats)) : null,
            OplogBytesMax = stats?.GetValue("maxSize", BsonNull.Value) is { IsNumeric: true } size
                ? size.ToInt64()
                : null,
        };
    }

    /// <summary>How much of it is used: a young oplog reaches back further once it is full. 1, the careful answer, where that is not told.</summary>
    private static double Fullness(BsonDocument? stats) =>
        stats?.GetValue("maxSize", BsonNull.Value) is { IsNumeric: true } most && most.ToDouble() > 0
            ? Math.Clamp(stats["size"].ToDouble() / most.ToDouble(), 0.01, 1)
            : 1;

    private async Task<long?> EntryTimeAsync(int direction, CancellationToken cancellationToken)
    {
        var find = new BsonDocument
        {
            { "find", "oplog.rs" },
            { "sort", new BsonDocument("$natural", direction) },
            { "limit", 1 },
            { "singleBatch", true },
            { "projection", new BsonDocument("ts", 1) },
        };
        var reply = await commands.TryRunAsync("local", find, cancellationToken).ConfigureAwait(false);
        var entry = reply?["cursor"]["firstBatch"].AsBsonArray.FirstOrDefault();
        return entry?["ts"].AsBsonTimestamp.Timestamp;
    }
}
