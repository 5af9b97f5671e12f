using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Reading;

/// <summary>Reads of views are explained as the pipelines they become (jstests/core/views/views_find.js, jstests/core/timeseries/query/timeseries_explain_…).</summary>
public sealed class ViewExplanationTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Theory]
    [InlineData("{find: 'v', filter: {a: 2}}", "$cursor $match")]
    [InlineData("{find: 'v', filter: {b: 1}, sort: {b: 1}, limit: 3}", "$cursor $match $sort $limit")]
    [InlineData("{count: 'v'}", "$cursor $count")]
    [InlineData("{distinct: 'v', key: 'b'}", "$cursor $unwind $group")]
    public async Task A_read_of_a_view_is_explained_by_the_index_of_the_collection_and_the_stages_after_it(
        string command,
        string stages
    )
    {
        await RunAsync("{insert: 'c', documents: [{_id: 1, a: 1, b: 1}, {_id: 2, a: 2, b: 2}]}");
        await RunAsync("{createIndexes: 'c', indexes: [{key: {a: 1}, name: 'a'}]}");
        await RunAsync("{create: 'v', viewOn: 'c', pipeline: [{$match: {a: {$gt: 0}}}]}");

        var reply = await RunAsync($"{{explain: {command}, verbosity: 'executionStats'}}");

        Names(reply).ShouldBe(stages);
        reply.ToString().ShouldContain("indexName: \"a\"");
    }

    [Fact]
    public async Task A_read_of_measurements_is_explained_by_its_buckets()
    {
        await RunAsync("{create: 's', timeseries: {timeField: 't', metaField: 'm'}}");
        await RunAsync(
            "{insert: 's', documents: [{t: {$date: '2024-01-01T00:00:00Z'}, m: 1}, {t: {$date: '2024-01-01T00:00:01Z'}, m: 1}]}"
        );

        var reply = await RunAsync("{explain: {find: 's', filter: {m: 1}, sort: {t: 1}}, verbosity: 'executionStats'}");

        Names(reply).ShouldBe("$cursor $_internalUnpackBucket $match $sort");
        var cursor = reply["stages"].AsDocument["0"].AsDocument["$cursor"].AsDocument;
        cursor["queryPlanner"].AsDocument["namespace"].AsString.ShouldBe("db.system.buckets.s");
        cursor["executionStats"].AsDocument["totalDocsExamined"].ToInt64().ShouldBe(1, "of buckets");
        reply["stages"]
            .AsDocument["1"]
            .AsDocument["$_internalUnpackBucket"]
            .AsDocument["timeField"]
            .AsString.ShouldBe("t");
    }

    [Fact]
    public async Task A_write_to_a_view_is_not_explained()
    {
        await RunAsync("{create: 'v', viewOn: 'c', pipeline: []}");

        var refused = await RunAsync("{explain: {delete: 'v', deletes: [{q: {}, limit: 0}]}}");

        refused["code"].ToInt64().ShouldBe(166);
    }

    private static string Names(RawDocument reply) =>
        string.Join(' ', reply["stages"].AsDocument.Values().Select(stage => stage.AsDocument.First().Name));

    private Task<RawDocument> RunAsync(string command) => member.Run("db", ShellText.Command(command));
}
