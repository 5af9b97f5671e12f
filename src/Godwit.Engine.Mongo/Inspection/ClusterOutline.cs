using Godwit.Engine.Mongo.Connections;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>What of a cluster should stay as it is while a migration runs (D05): cheap to look at, however much the cluster holds.</summary>
/// <param name="Version">Of the server that answered.</param>
/// <param name="FeatureCompatibilityVersion">As the server says; empty if it does not.</param>
/// <param name="Members">Members of a replica set, as <c>host:port</c>; of a sharded cluster each shard with its members.</param>
internal sealed record ClusterOutline(string Version, string FeatureCompatibilityVersion, IReadOnlyList<string> Members)
{
    private const double Gigabyte = 1e9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Shares of a disk: that less than one of them is free is said once each.</summary>
    private static readonly double[] LowShares = [0.10, 0.05, 0.02];

    /// <summary>
    /// Sizes of a history store, where a server keeps past states that somebody may still read: that one is passed is said once each.
    /// </summary>
    private static readonly long[] LargeHistories = [4_000_000_000, 16_000_000_000, 64_000_000_000];

    /// <summary>Which share of the disk that holds its data is free; <see langword="null"/> if it does not tell.</summary>
    internal double? FreeShare { get; init; }

    /// <summary>Bytes of the history store on disk; <see langword="null"/> if it does not tell.</summary>
    internal long? HistoryBytes { get; init; }

    /// <exception cref="MongoException">The cluster does not answer.</exception>
    /// <exception cref="TimeoutException">The cluster does not answer.</exception>
    internal static async Task<ClusterOutline> ReadAsync(string address, CancellationToken cancellationToken)
    {
        var settings = MongoAddress.Parse(address).DriverSettings.Clone();
        settings.ServerSelectionTimeout = Patience;
        using var client = new MongoClient(settings);
        var commands = new CommandRunner(client);
        var build = await commands.RunAsync("admin", new("buildInfo", 1), cancellationToken).ConfigureAwait(false);
        var compatibility = await ClusterInspector
            .ReadCompatibilityAsync(commands, cancellationToken)
            .ConfigureAwait(false);
        return new(
            build["version"].AsString,
            compatibility?.GetValue("targetVersion", compatibility["version"]).AsString ?? "",
            await ReadMembersAsync(commands, settings, cancellationToken).ConfigureAwait(false)
        )
        {
            FreeShare = await ReadFreeShareAsync(commands, cancellationToken).ConfigureAwait(false),
            HistoryBytes = await ReadHistoryAsync(commands, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>This outline, with the least room that this or an earlier one has seen, so that nothing is said twice of it.</summary>
    internal ClusterOutline After(ClusterOutline? earlier) =>
        this with
        {
            FreeShare = Least(FreeShare, earlier?.FreeShare),
            HistoryBytes = -Least(-HistoryBytes, -earlier?.HistoryBytes),
        };

    /// <summary>What has become another one, in sentences; nothing where one of both is not known.</summary>
    internal static IEnumerable<string> Changes(string side, ClusterOutline before, ClusterOutline after)
    {
        if (IsOther(before.FeatureCompatibilityVersion, after.FeatureCompatibilityVersion))
        {
            yield return $"The feature compatibility version of the {side} was changed from {before.FeatureCompatibilityVersion} to {after.FeatureCompatibilityVersion}. What only the newer version stores an older destination refuses: raise that of the destination first.";
        }

        if (IsOther(before.Version, after.Version))
        {
            yield return $"The {side} answers as MongoDB {after.Version} now, and was {before.Version}. The migration finds out anew what it offers; upgrade the destination before the source.";
        }

        var (gone, come) = (
            before.Members.Except(after.Members).ToList(),
            after.Members.Except(before.Members).ToList()
        );
        if (before.Members.Count > 0 && after.Members.Count > 0 && gone.Count + come.Count > 0)
        {
            yield return $"Members of the {side} have changed:{Text(" gone", gone)}{Text(" new", come)}. The migration goes on with those that are there.";
        }

        if (LowShares.Any(share => before.FreeShare >= share && after.FreeShare < share))
        {
            yield return FormattableString.Invariant(
                $"Of the disk of the {side} {after.FreeShare * 100:F1} % are free: make room, or pause the migration. A server without room stops."
            );
        }

        if (LargeHistories.Any(size => before.HistoryBytes <= size && after.HistoryBytes > size))
        {
            yield return FormattableString.Invariant(
                $"The history store of the {side} has grown to {after.HistoryBytes / Gigabyte:F1} GB: it keeps past states for who reads at a time. Read less at once (godwit limit) if its disk or its latency suffers."
            );
        }
    }

    private static T? Least<T>(T? one, T? other)
        where T : struct, IComparable<T> =>
        one is not { } first ? other
        : other is not { } second ? one
        : first.CompareTo(second) < 0 ? one
        : other;

    private static async Task<double?> ReadFreeShareAsync(CommandRunner commands, CancellationToken cancellationToken)
    {
        var reply = await commands.TryRunAsync("admin", new("dbStats", 1), cancellationToken).ConfigureAwait(false);
        return
            reply is not null
            && reply.TryGetValue("fsTotalSize", out var total)
            && reply.TryGetValue("fsUsedSize", out var used)
            && total.ToDouble() > 0
            ? 1 - (used.ToDouble() / total.ToDouble())
            : null;
    }

    private static async Task<long?> ReadHistoryAsync(CommandRunner commands, CancellationToken cancellationToken)
    {
        var status = await commands
            .TryRunAsync("admin", new("serverStatus", 1), cancellationToken)
            .ConfigureAwait(false);
        return
            status?.GetValue("wiredTiger", BsonNull.Value) is BsonDocument engine
            && engine.GetValue("cache", BsonNull.Value) is BsonDocument cache
            && cache.TryGetValue("history store table on-disk size", out var size)
            ? size.ToInt64()
            : null;
    }

    private static bool IsOther(string before, string after) =>
        before.Length > 0 && after.Length > 0 && !string.Equals(before, after, StringComparison.Ordinal);

    private static string Text(string what, List<string> members) =>
        members.Count == 0 ? "" : $"{what} {string.Join(", ", members)}";

    private static async Task<IReadOnlyList<string>> ReadMembersAsync(
        CommandRunner commands,
        MongoClientSettings settings,
        CancellationToken cancellationToken
    )
    {
        var config = await commands
            .TryRunAsync("admin", new("replSetGetConfig", 1), cancellationToken)
            .ConfigureAwait(false);
        if (config is not null)
        {
            return
            [
                .. config["config"]
                    ["members"]
                    .AsBsonArray.Select(one => one["host"].AsString)
                    .Order(StringComparer.Ordinal),
            ];
        }

        var shards = await new ShardInspector(commands, settings).ListAsync(cancellationToken).ConfigureAwait(false);
        return [.. shards.Select(one => $"{one.Name} ({one.Hosts})").Order(StringComparer.Ordinal)];
    }
}
