using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>
/// Upgrades a set of three as MongoDB's manual says it: secondaries first, then the primary, which steps down before; then the feature
/// compatibility version.
/// </summary>
internal sealed class RollingUpgrade(TestCluster cluster, string release)
{
    private const int ExceededTimeLimit = 262;

    private readonly List<string> members =
    [
        .. MongoUrl.Create(cluster.ConnectionString).Servers.Select(one => $"{one.Host}:{one.Port}"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>All members run the new release, and one of them is primary; the data are still those of the old one.</summary>
    internal async Task RestartMembersAsync()
    {
        var primary = (await HelloAsync(cluster.Client))["primary"].AsString;
        foreach (var secondary in members.Where(one => one != primary))
        {
            await RestartAsync(secondary);
        }

        await Condition.UntilAsync(StepsDownAsync, () => "no secondary has caught up", Rig.Patience, Cancellation);
        await RestartAsync(primary);
    }

    /// <summary>The data become those of the new release.</summary>
    internal Task RaiseCompatibilityAsync() =>
        cluster
            .Client.GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(
                new BsonDocument { { "setFeatureCompatibilityVersion", release }, { "confirm", true } },
                null,
                Cancellation
            );

    /// <summary>Refused while those that were restarted last have not caught up.</summary>
    private async Task<bool> StepsDownAsync()
    {
        try
        {
            await cluster.StepDownAsync(Cancellation);
            return true;
        }
        catch (MongoCommandException behind) when (behind.Code == ExceededTimeLimit)
        {
            return false;
        }
    }

    private async Task RestartAsync(string member)
    {
        var index = members.IndexOf(member);
        using var other = Direct(members[(index + 1) % members.Count]);
        await other
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "configureFailPoint", "sandboxRestartAs" },
                    { "mode", "alwaysOn" },
                    {
                        "data",
                        new BsonDocument { { "member", index }, { "release", release } }
                    },
                },
                null,
                Cancellation
            );
        using var restarted = Direct(member);
        await Condition.UntilAsync(
            () => IsBackAsync(restarted),
            () => $"{member} does not come back as {release}",
            Rig.Patience,
            Cancellation
        );
    }

    /// <summary>Only a member that serves again may be missed no more.</summary>
    private async Task<bool> IsBackAsync(MongoClient client)
    {
        try
        {
            var build = await client
                .GetDatabase("admin")
                .RunCommandAsync<BsonDocument>(new BsonDocument("buildInfo", 1), ReadPreference.Nearest, Cancellation);
            return build["version"].AsString.StartsWith(release, StringComparison.Ordinal)
                && (await HelloAsync(client))["secondary"].AsBoolean;
        }
        catch (Exception gone) when (TestCluster.IsUnavailable(gone))
        {
            TestContext.Current.TestOutputHelper?.WriteLine(gone.Message);
            return false;
        }
    }

    private static Task<BsonDocument> HelloAsync(IMongoClient client) =>
        client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), ReadPreference.Nearest, Cancellation);

    private MongoClient Direct(string member) =>
        new(
            new MongoUrlBuilder(cluster.ConnectionString)
            {
                Server = MongoServerAddress.Parse(member),
                ReplicaSetName = null,
                DirectConnection = true,
            }.ToMongoUrl()
        );
}
