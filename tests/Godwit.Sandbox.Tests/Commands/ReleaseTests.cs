using Godwit.Bson;
using Shouldly;
using Xunit;
using static Godwit.Sandbox.Tests.ShellText;

namespace Godwit.Sandbox.Tests.Commands;

/// <summary>A server of an earlier release does not know what came later, and refuses it as it refuses what nobody knows.</summary>
public sealed class ReleaseTests
{
    /// <summary>MongoDB's manual, "New in version"; feature flags of 8.0.10 with their versions.</summary>
    [Theory]
    [InlineData("6.0", 17, "6.0.24")]
    [InlineData("7.0", 21, "7.0.21")]
    [InlineData("8.0", 25, "8.0.10")]
    public async Task A_release_says_what_it_is(string release, int wireVersion, string version)
    {
        using var member = new TestMember(release: release);

        (await member.Run("admin", Command("{hello: 1}")))["maxWireVersion"].ToInt64().ShouldBe(wireVersion);
        (await member.Run("admin", Command("{buildInfo: 1}")))["version"].AsString.ShouldBe(version);
        var parameter = await member.Run("admin", Command("{getParameter: 1, featureCompatibilityVersion: 1}"));
        parameter["featureCompatibilityVersion"].AsDocument["version"].AsString.ShouldBe(release);
    }

    [Theory]
    [InlineData("8.0", 59, "{bulkWrite: 1, ops: [{insert: 0, document: {_id: 9}}], nsInfo: [{ns: 'db.c'}]}")]
    [InlineData(
        "8.0",
        168,
        "{aggregate: 'c', pipeline: [{$project: {v: {$toUUID: '00112233-4455-6677-8899-aabbccddeeff'}}}], cursor: {}}"
    )]
    [InlineData(
        "7.0",
        168,
        "{aggregate: 'c', pipeline: [{$project: {v: {$median: {input: [1], method: 'approximate'}}}}], cursor: {}}"
    )]
    [InlineData("7.0", 168, "{aggregate: 'c', pipeline: [{$project: {v: {$bitAnd: [1, 3]}}}], cursor: {}}")]
    [InlineData(
        "7.0",
        15952,
        "{aggregate: 'c', pipeline: [{$group: {_id: 1, m: {$median: {input: '$n', method: 'approximate'}}}}], cursor: {}}"
    )]
    [InlineData("7.0", 17276, "{aggregate: 'c', pipeline: [{$project: {v: '$$USER_ROLES'}}], cursor: {}}")]
    [InlineData(
        "7.0",
        67,
        "{createIndexes: 'c', indexes: [{key: {a: 1, '$**': 1}, name: 'w', wildcardProjection: {a: 0}}]}"
    )]
    [InlineData(
        "7.0",
        40415,
        "{create: 't', timeseries: {timeField: 't', bucketMaxSpanSeconds: 60, bucketRoundingSeconds: 60}}"
    )]
    [InlineData("8.0", 40415, "{update: 'c', updates: [{q: {}, u: {$set: {a: 1}}, sort: {_id: -1}}]}")]
    public async Task What_came_with_a_release_is_unknown_to_the_one_before(string since, int code, string command)
    {
        string[] releases = ["6.0", "7.0", "8.0"];
        foreach (var release in releases)
        {
            using var member = new TestMember(release: release);
            await member.Run("db", Command("{insert: 'c', documents: [{_id: 1, n: 1}]}"));
            var database = command.StartsWith("{bulkWrite", StringComparison.Ordinal) ? "admin" : "db";

            var reply = await member.Run(database, Command(command));

            var expected = string.CompareOrdinal(release, since) < 0 ? code : 0;
            (reply["code"].ToInt64() ?? 0).ShouldBe(expected, $"{release}: {reply}");
        }
    }

    /// <summary>featureFlagReplicateVectoredInsertsTransactionally, 8.0.</summary>
    [Theory]
    [InlineData("7.0", 3)]
    [InlineData("8.0", 1)]
    public async Task Documents_inserted_by_one_statement_are_one_entry_since_they_are_replicated_together(
        string release,
        int entries
    )
    {
        using var member = new TestMember(release: release);
        await member.Run("db", Command("{create: 'c'}"));

        await member.Run("db", Command("{insert: 'c', documents: [{_id: 1}, {_id: 2}, {_id: 3}]}"));

        var found = await member.Run(
            "local",
            Command("{find: 'oplog.rs', filter: {$or: [{op: 'i', ns: 'db.c'}, {'o.applyOps.ns': 'db.c'}]}}")
        );
        found["cursor"].AsDocument["firstBatch"].AsDocument.Count().ShouldBe(entries);
    }

    [Theory]
    [InlineData("6.0", false)]
    [InlineData("7.0", true)]
    public async Task Dots_in_names_are_told_apart_in_events_since_there_is_a_place_for_it(string release, bool isTold)
    {
        using var member = new TestMember(release: release);
        await member.Run("db", Command("{insert: 'c', documents: [{_id: 1}]}"));
        var opened = await member.Run(
            "db",
            Command("{aggregate: 'c', pipeline: [{$changeStream: {showExpandedEvents: true}}], cursor: {}}")
        );
        await member.Run("db", Command("{update: 'c', updates: [{q: {_id: 1}, u: {$set: {a: 1}}}]}"));

        var more = await member.Run(
            "db",
            new DocumentBuilder { { "getMore", opened["cursor"].AsDocument["id"] }, { "collection", "c" } }
        );

        var change = more["cursor"].AsDocument["nextBatch"].AsDocument.Values().Single().AsDocument;
        change["updateDescription"].AsDocument.Has("disambiguatedPaths").ShouldBe(isTold);
    }
}
