using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

/// <summary>
/// Members of a set that are started again as another MongoDB release, one after the other, on their data (MongoDB's manual, "Upgrade a
/// Replica Set"; <c>feature_compatibility_version.cpp</c>).
/// </summary>
public sealed class UpgradeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Members_are_upgraded_one_after_the_other_and_go_back_only_before_the_data_are_of_the_new_release()
    {
        await using var set = await ClusterUnderTest.StartAsync(new() { MongoVersion = "7.0" });
        var first = await set.PrimaryAsync();
        await set.InsertAsync(first, "1", "majority");
        for (var next = 1; next < 3; next++)
        {
            await set.Cluster.RestartAsAsync((first + next) % 3, "8.0", Cancellation);
        }

        await set.InsertAsync(first, "2", 3);
        (await ReleasesAsync(set)).Order().ShouldBe(["7.0.21", "8.0.10", "8.0.10"]);
        await set.Cluster.RestartAsAsync(first, "8.0", Cancellation);
        var primary = await set.PrimaryAsync();
        (await EntriesOfTwoInsertsAsync(set, primary, "3")).ShouldBe(
            2,
            "members of the release before have to read them"
        );
        // Nothing is of the new release yet: the way back is open.
        await set.Cluster.RestartAsAsync((primary + 1) % 3, "7.0", Cancellation);
        await set.InsertAsync(primary, "4", 3);
        await set.Cluster.RestartAsAsync((primary + 1) % 3, "8.0", Cancellation);

        (await SetCompatibilityAsync(set, primary, isConfirmed: false))["code"].ToInt64().ShouldBe(7369100);
        (await SetCompatibilityAsync(set, primary, isConfirmed: true))["ok"].ToInt64().ShouldBe(1);

        (await EntriesOfTwoInsertsAsync(set, primary, "5")).ShouldBe(1);
        await set.InsertAsync(primary, "6", 3);
        var refused = await Should.ThrowAsync<IOException>(
            set.Cluster.RestartAsAsync((primary + 1) % 3, "7.0", Cancellation)
        );
        refused.Message.ShouldContain("UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion document");
        (await ReleasesAsync(set)).ShouldAllBe(release => release == "8.0.10");
        await set.EveryoneHasAsync("1", "2", "3 a", "3 b", "4", "5 a", "5 b", "6");
    }

    private static async Task<List<string>> ReleasesAsync(ClusterUnderTest set)
    {
        var releases = new List<string>();
        for (var member = 0; member < 3; member++)
        {
            releases.Add((await set.RunAsync(member, new() { { "buildInfo", 1 } }, "admin"))["version"].AsString);
        }

        return releases;
    }

    private static Task<RawDocument> SetCompatibilityAsync(ClusterUnderTest set, int primary, bool isConfirmed) =>
        set.RunAsync(
            primary,
            new() { { "setFeatureCompatibilityVersion", "8.0" }, { "confirm", isConfirmed } },
            "admin"
        );

    /// <summary>How many entries of the oplog one command makes that inserts two documents.</summary>
    private static async Task<int> EntriesOfTwoInsertsAsync(ClusterUnderTest set, int primary, string id)
    {
        var reply = await set.RunAsync(
            primary,
            new()
            {
                { "insert", "c" },
                {
                    "documents",
                    RawValue.Array([
                        new DocumentBuilder { { "_id", $"{id} a" } },
                        new DocumentBuilder { { "_id", $"{id} b" } },
                    ])
                },
                {
                    "writeConcern",
                    new DocumentBuilder { { "w", 3 } }
                },
            }
        );
        reply["n"].ToInt64().ShouldBe(2, reply.ToString());
        var found = await set.RunAsync(
            primary,
            new()
            {
                { "find", "oplog.rs" },
                {
                    "sort",
                    new DocumentBuilder { { "$natural", -1 } }
                },
                { "limit", 20 },
            },
            "local"
        );
        return found["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument.Values()
            .Count(entry => entry.AsDocument.ToString().Contains($"{id} ", StringComparison.Ordinal));
    }
}
