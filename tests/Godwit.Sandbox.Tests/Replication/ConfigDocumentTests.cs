using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

/// <summary>
/// Each member keeps the configuration it knows in <c>local.system.replset</c>, where the shell's
/// <c>rs.printSecondaryReplicationInfo()</c> looks for it (<c>storeLocalConfigDocument</c> of
/// <c>replication_coordinator_external_state_impl.cpp</c>).
/// </summary>
public sealed class ConfigDocumentTests
{
    [Fact]
    public async Task Every_member_shows_the_configuration_it_knows_a_later_one_in_place_of_the_first()
    {
        await using var set = await ClusterUnderTest.StartAsync();
        var primary = await set.PrimaryAsync();
        await ShownEverywhereAsync(set, primary);

        var config = await ConfigAsync(set, primary);
        var next = new DocumentBuilder
        {
            { "_id", config["_id"] },
            { "version", (int)config["version"].ToInt64()! + 1 },
            { "members", config["members"] },
            { "protocolVersion", 1L },
        };
        (await set.RunAsync(primary, new() { { "replSetReconfig", next } }, "admin"))["ok"].ToInt64().ShouldBe(1);

        await ShownEverywhereAsync(set, primary);
        (await ConfigAsync(set, primary))["version"].ShouldNotBe(config["version"]);
    }

    private static async Task ShownEverywhereAsync(ClusterUnderTest set, int primary)
    {
        for (var i = 0; i < set.Cluster.Ports.Count; i++)
        {
            var member = i;
            await set.UntilAsync(
                async () =>
                    await ShownAsync(set, member) is [var only]
                    && only["version"] == (await ConfigAsync(set, primary))["version"]
                    && only["members"] == (await ConfigAsync(set, primary))["members"],
                $"member {member} shows no configuration, or another"
            );
        }
    }

    private static async Task<List<RawDocument>> ShownAsync(ClusterUnderTest set, int member)
    {
        var reply = await set.RunAsync(
            member,
            new()
            {
                { "find", "system.replset" },
                {
                    "$readPreference",
                    new DocumentBuilder { { "mode", "secondaryPreferred" } }
                },
            },
            "local"
        );
        return reply["cursor"] is { Type: BsonType.Document } cursor
            ? [.. cursor.AsDocument["firstBatch"].AsDocument.Values().Select(document => document.AsDocument)]
            : [];
    }

    private static async Task<RawDocument> ConfigAsync(ClusterUnderTest set, int asked) =>
        (await set.RunAsync(asked, new() { { "replSetGetConfig", 1 } }, "admin"))["config"].AsDocument;
}
