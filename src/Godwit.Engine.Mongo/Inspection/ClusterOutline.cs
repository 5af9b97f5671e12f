using Godwit.Engine.Mongo.Connections;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>What of a cluster should stay as it is while a migration runs (D05): cheap to look at, however much the cluster holds.</summary>
/// <param name="Version">Of the server that answered.</param>
/// <param name="FeatureCompatibilityVersion">As the server says; empty if it does not.</param>
/// <param name="Members">Members of a replica set, as <c>host:port</c>; of a sharded cluster each shard with its members.</param>
internal sealed record ClusterOutline(string Version, string FeatureCompatibilityVersion, IReadOnlyList<string> Members)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

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
        );
    }

    /// <summary>What has become another one, in sentences; nothing where one of both is not known.</summary>
    internal static IEnumerable<string> Changes(string side, ClusterOutline before, ClusterOutline after)
    {
        if (IsOther(before.FeatureCompatibilityVersion, after.FeatureCompatibilityVersion))
        {
            yield return $"The feature compatibility version of the {side} was changed from {before.FeatureCompatibilityVersion} to {after.FeatureCompatibilityVersion}. Leave it as it is until the migration has ended: what one version stores the other may refuse.";
        }

        if (IsOther(before.Version, after.Version))
        {
            yield return $"The {side} answers as MongoDB {after.Version} now, and was {before.Version}: do not upgrade it while the migration runs.";
        }

        var (gone, come) = (
            before.Members.Except(after.Members).ToList(),
            after.Members.Except(before.Members).ToList()
        );
        if (before.Members.Count > 0 && after.Members.Count > 0 && gone.Count + come.Count > 0)
        {
            yield return $"Members of the {side} have changed:{Text(" gone", gone)}{Text(" new", come)}. The migration goes on with those that are there.";
        }
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
