using System.Collections.Concurrent;
using System.Collections.Frozen;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>
/// Keeps account of the operations that have ended: how often and how long by command and by collection, slow ones in the log, and in
/// <c>system.profile</c> what its database profiles. Clients' operations only, not the server's own.
/// </summary>
internal sealed class OperationJournal(Member member)
{
    private const long ProfileBytes = 1024 * 1024;

    private static readonly FrozenSet<string> OnCollections =
    [
        "aggregate",
        "collMod",
        "collStats",
        "compact",
        "convertToCapped",
        "count",
        "create",
        "createIndexes",
        "delete",
        "distinct",
        "drop",
        "dropIndexes",
        "find",
        "findAndModify",
        "insert",
        "listIndexes",
        "planCacheClear",
        "reIndex",
        "update",
        "validate",
    ];

    private readonly ConcurrentDictionary<string, (long Total, long Failed)> commands = new(StringComparer.Ordinal);
    private readonly Lock latencyGate = new();
    private readonly (long Operations, long Microseconds)[] latencies = new (long, long)[3];

    /// <summary>How each collection is used.</summary>
    internal UsageTable Usage { get; } = new();

    /// <summary>What is profiled.</summary>
    internal ProfileLevels Levels { get; } = new();

    /// <summary>Takes note of an operation that has ended.</summary>
    internal void Record(CommandContext context, RawDocument reply)
    {
        if (context.Client.IsServer || context.Operation is not { } operation)
        {
            return;
        }

        var took = member.Time.GetElapsedTime(operation.Began);
        var name = context.Traits.Name;
        var hasFailed = reply["ok"].ToInt64() != 1;
        _ = commands.AddOrUpdate(
            name,
            (1, hasFailed ? 1 : 0),
            (_, count) => (count.Total + 1, count.Failed + (hasFailed ? 1 : 0))
        );
        CountLatency(name, took);
        if (context.IsPassedOn || member.Router is not null)
        {
            return;
        }

        var ns = NameOf(context);
        if (name == "getMore" || OnCollections.Contains(name))
        {
            Usage.Count(ns, UsageKindOf(name), IsWrite(name), took);
        }

        if (took >= Levels.Slow && Levels.IsSampled && name is not ("hello" or "awaitable"))
        {
            var attributes = OperationEntry.ForLog(context, ns, reply, took);
            member.Log.Write("COMMAND", 51803, $"conn{context.Client.Id}", "Slow query", attributes);
        }

        if (Levels.LevelOf(context.Database) > 0)
        {
            Profile(context, ns, reply, took);
        }
    }

    /// <summary>The section <c>opLatencies</c> of serverStatus.</summary>
    internal DocumentBuilder DescribeLatencies()
    {
        var section = new DocumentBuilder();
        lock (latencyGate)
        {
            foreach (var (kind, i) in new[] { ("commands", 0), ("reads", 1), ("writes", 2) })
            {
                section.Add(
                    kind,
                    new DocumentBuilder { { "latency", latencies[i].Microseconds }, { "ops", latencies[i].Operations } }
                );
            }
        }

        return section;
    }

    /// <summary>How often each command ran and failed: <c>metrics.commands</c> of serverStatus.</summary>
    internal RawValue DescribeCommands()
    {
        var section = new DocumentBuilder();
        foreach (var (name, count) in commands.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            section.Add(name, new DocumentBuilder { { "failed", count.Failed }, { "total", count.Total } });
        }

        return section;
    }

    private static string NameOf(CommandContext context)
    {
        var first =
            context.Traits.Name == "getMore" ? context.Body["collection"]
            : OnCollections.Contains(context.Traits.Name) ? context.Body.First().Value
            : default;
        return first.Type == BsonType.String ? $"{context.Database}.{first.AsString}" : $"{context.Database}.$cmd";
    }

    private static string UsageKindOf(string name) =>
        name switch
        {
            "find" => "queries",
            "getMore" => "getmore",
            "insert" or "update" => name,
            "delete" => "remove",
            _ => "commands",
        };

    private static bool IsWrite(string name) =>
        name
            is "insert"
                or "update"
                or "delete"
                or "findAndModify"
                or "create"
                or "createIndexes"
                or "drop"
                or "dropIndexes"
                or "collMod"
                or "convertToCapped";

    private void CountLatency(string name, TimeSpan took)
    {
        var kind =
            IsWrite(name) ? 2
            : name is "find" or "aggregate" or "count" or "distinct" or "getMore" ? 1
            : 0;
        lock (latencyGate)
        {
            latencies[kind] = (
                latencies[kind].Operations + 1,
                latencies[kind].Microseconds + (long)took.TotalMicroseconds
            );
        }
    }

    private void Profile(CommandContext context, string ns, RawDocument reply, TimeSpan took)
    {
        RawDocument? entry = null;
        RawDocument Entry() => entry ??= OperationEntry.ForProfile(context, ns, reply, took);
        if (!Levels.Takes(context.Database, took >= Levels.Slow, Entry))
        {
            return;
        }

        var profile = new Namespace(context.Database, "system.profile");
        lock (member.Node.WriteLock)
        {
            using var operation = new WriteOperation(member.Node);
            var collection =
                operation.Find(profile)
                ?? CatalogWriter.Create(
                    operation,
                    profile,
                    new DocumentBuilder
                    {
                        { "capped", true },
                        { "size", ProfileBytes },
                        { "autoIndexId", false },
                    }.Build()
                );
            operation.Insert(collection, Entry());
            operation.Commit();
        }
    }
}
