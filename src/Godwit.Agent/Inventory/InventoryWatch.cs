using System.Collections.Concurrent;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;

namespace Godwit.Agent.Inventory;

/// <summary>Looks at the clusters of the inventory again and again (A07), and says when something was seen.</summary>
internal sealed class InventoryWatch(
    InventoryFile file,
    RefreshMark refresh,
    string defaultProjectId,
    TimeProvider time,
    Action changed
)
{
    /// <summary>How often a cluster is looked at.</summary>
    internal static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    /// <summary>How often its indexes are, from which shard keys are suggested.</summary>
    private static readonly TimeSpan SuggestEvery = TimeSpan.FromMinutes(10);

    /// <summary>Of how many collections.</summary>
    private const int SuggestedMax = 40;

    /// <summary>How soon a change of the inventory itself is noticed.</summary>
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, ReportedDeployment> seen = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Suggested> suggested = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (InventoryEntry Entry, DateTimeOffset At)> looked = new(StringComparer.Ordinal);

    /// <summary>What was seen last.</summary>
    internal IReadOnlyList<ReportedDeployment> Current =>
        [.. seen.Values.OrderBy(one => one.Name, StringComparer.Ordinal)];

    /// <summary>Projects in which sizes of databases are not asked for (A08).</summary>
    internal IReadOnlyList<string> WithoutStatistics { get; set; } = [];

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var asked = refresh.Current;
        while (true)
        {
            if (refresh.Current is { } now && now != asked)
            {
                asked = now;
                lock (looked)
                {
                    looked.Clear();
                }
            }

            var entries = file.Read();
            foreach (var gone in seen.Keys.Except(entries.Select(one => one.Name)).ToList())
            {
                _ = seen.TryRemove(gone, out _);
                changed();
            }

            await Parallel
                .ForEachAsync(entries.Where(IsDue).ToList(), cancellationToken, LookAsync)
                .ConfigureAwait(false);
            await Task.Delay(ReadEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsDue(InventoryEntry entry)
    {
        var now = time.GetUtcNow();
        lock (looked)
        {
            if (looked.TryGetValue(entry.Name, out var last) && last.Entry == entry && now - last.At < LookEvery)
            {
                return false;
            }

            looked[entry.Name] = (entry, now);
            return true;
        }
    }

    private async ValueTask LookAsync(InventoryEntry entry, CancellationToken cancellationToken)
    {
        var known = suggested.GetValueOrDefault(entry.Name);
        var isMeasured = !WithoutStatistics.Contains(entry.ProjectId ?? defaultProjectId);
        var isDue = isMeasured && (known is null || time.GetUtcNow() - known.At >= SuggestEvery);
        var facts = await ClusterInspector
            .InspectAsync(
                entry.ConnectionString,
                time,
                cancellationToken,
                largest: isDue ? SuggestedMax : 0,
                isMeasured: isMeasured
            )
            .ConfigureAwait(false);
        if (isDue && facts.Fault is null)
        {
            known = new(time.GetUtcNow(), ShardKeySuggestions.Of(facts));
            suggested[entry.Name] = known;
        }

        seen[entry.Name] = Describe(entry, facts, isMeasured, isMeasured ? known?.Collections : null);
        changed();
    }

    private ReportedDeployment Describe(
        InventoryEntry entry,
        ClusterFacts facts,
        bool isMeasured,
        IReadOnlyList<ReportedSourceCollection>? collections
    ) =>
        new(
            entry.Name,
            entry.ProjectId ?? defaultProjectId,
            SecretText.OfAddress(entry.ConnectionString),
            entry.IsManaged,
            facts.Fault is { } fault ? $"{fault.Kind}: {SecretText.OfText(fault.Detail)}" : null,
            facts.Identity,
            facts.Fault is null ? facts.Version.ToString() : null,
            facts.FeatureCompatibilityVersion,
            facts.Fault is null ? Shape(facts.Shape) : null,
            facts.IsEncrypted,
            facts.Fault is null && isMeasured ? facts.Namespaces.Sum(one => one.DataBytes) : null,
            facts.OplogBytesMax,
            (long?)facts.OplogWindow?.TotalSeconds,
            facts.DataBearingMembers,
            time.GetUtcNow(),
            collections
        );

    private static string Shape(ClusterShape shape) =>
        shape switch
        {
            ClusterShape.Standalone => "STANDALONE",
            ClusterShape.ReplicaSet => "REPLICA_SET",
            ClusterShape.Sharded => "SHARDED",
        };

    private sealed record Suggested(DateTimeOffset At, IReadOnlyList<ReportedSourceCollection> Collections);
}
