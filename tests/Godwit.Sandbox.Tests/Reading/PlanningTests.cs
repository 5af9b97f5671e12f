using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Reading;

public sealed class PlanningTests : IAsyncLifetime
{
    private readonly Shop shop = new();

    public async ValueTask InitializeAsync()
    {
        await shop.Run(
            """
            {"insert": "c", "documents": [
                {"_id": 1, "a": 5, "b": 1, "tags": [1, 9]},
                {"_id": 2, "a": 3, "b": 2, "tags": [4]},
                {"_id": 3, "a": 5, "b": 0, "tags": []},
                {"_id": 4, "a": "text", "s": 1},
                {"_id": 5, "a": null},
                {"_id": 6}
            ]}
            """
        );
        await shop.Run(
            """
            {"createIndexes": "c", "indexes": [
                {"key": {"a": 1, "b": -1}, "name": "ab"},
                {"key": {"tags": 1}, "name": "tags"},
                {"key": {"s": 1}, "name": "s", "sparse": true},
                {"key": {"b": 1}, "name": "few", "partialFilterExpression": {"b": {"$gt": 0}}},
                {"key": {"h": "hashed"}, "name": "h"}
            ]}
            """
        );
    }

    public ValueTask DisposeAsync()
    {
        shop.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("""{"a": 5}""", "ab", 1, 3)]
    [InlineData("""{"a": 5, "b": {"$gte": 1}}""", "ab", 1)]
    [InlineData("""{"a": {"$gt": 3}}""", "ab", 1, 3)]
    [InlineData("""{"a": {"$in": [3, "text"]}}""", "ab", 2, 4)]
    [InlineData("""{"a": null}""", "ab", 5, 6)]
    [InlineData("""{"a": {"$regex": "^te"}}""", "ab", 4)]
    [InlineData("""{"tags": {"$gt": 2, "$lt": 8}}""", "tags", 1, 2)]
    [InlineData("""{"tags": {"$elemMatch": {"$gt": 2, "$lt": 8}}}""", "tags", 2)]
    [InlineData("""{"tags": []}""", "tags", 3)]
    [InlineData("""{"s": {"$exists": true}}""", "s", 4)]
    [InlineData("""{"s": null}""", null, 1, 2, 3, 5, 6)]
    [InlineData("""{"b": {"$gt": 1}}""", "few", 2)]
    [InlineData("""{"b": {"$gte": 0}}""", null, 1, 2, 3)]
    [InlineData("""{"h": 5}""", "h")]
    [InlineData("""{"$or": [{"a": 3}, {"tags": 9}]}""", "ab tags", 1, 2)]
    [InlineData("""{"_id": {"$gt": 4}}""", "_id_", 5, 6)]
    public async Task An_index_is_used_and_the_result_is_that_of_a_scan(
        string filter,
        string? indexes,
        params int[] ids
    )
    {
        var explained = await shop.Run(
            $$"""{"explain": {"find": "c", "filter": {{filter}} }, "verbosity": "queryPlanner"}"""
        );
        var plan = explained["queryPlanner"].AsDocument["winningPlan"].AsDocument;

        IndexNames(plan).ShouldBe(indexes?.Split(' ') ?? []);
        (await Ids($$"""{"find": "c", "filter": {{filter}} }""")).Order().ShouldBe(ids);
        (await Ids($$"""{"find": "c", "filter": {{filter}}, "hint": {"$natural": 1} }""")).ShouldBe(ids);
    }

    [Theory]
    [InlineData("""{"a": 1, "b": -1}""", "IXSCAN")]
    [InlineData("""{"a": -1, "b": 1}""", "IXSCAN")]
    [InlineData("""{"a": 1, "b": 1}""", "SORT")]
    [InlineData("""{"s": 1}""", "SORT")]
    [InlineData("""{"tags": 1}""", "IXSCAN")]
    public async Task An_index_gives_the_order_asked_for_where_it_has_it(string sort, string stage)
    {
        var explained = await shop.Run(
            $$"""{"explain": {"find": "c", "filter": {"_id": {"$ne": 6} }, "sort": {{sort}} }, "verbosity": "queryPlanner"}"""
        );

        explained["queryPlanner"].AsDocument["winningPlan"].ToString().ShouldContain($"stage: \"{stage}\"");
        var sorted = await Ids($$"""{"find": "c", "filter": {"_id": {"$ne": 6} }, "sort": {{sort}} }""");
        sorted.ShouldBe(await SortedInMemory(sort));
    }

    [Fact]
    public async Task Several_keys_of_one_document_give_it_once() =>
        (await Ids("""{"find": "c", "filter": {"tags": {"$gte": 1}}}""")).Order().ShouldBe([1, 2]);

    [Fact]
    public async Task A_hint_decides_and_one_that_names_no_index_is_refused()
    {
        (await Ids("""{"find": "c", "hint": "s"}""")).ShouldBe([4]);
        (await Ids("""{"find": "c", "hint": {"tags": 1}, "min": {"tags": 4}, "max": {"tags": 9}}""")).ShouldBe([2]);
        (await shop.Try("""{"find": "c", "hint": "none"}"""))["code"].ToInt64().ShouldBe(2);
        (await shop.Try("""{"find": "c", "min": {"tags": 4}}"""))["code"].ToInt64().ShouldBe(291);
    }

    [Fact]
    public async Task A_hidden_index_is_left_alone()
    {
        await shop.Run("""{"collMod": "c", "index": {"name": "ab", "hidden": true}}""");

        var explained = await shop.Run(
            """{"explain": {"find": "c", "filter": {"a": 5}}, "verbosity": "queryPlanner"}"""
        );

        IndexNames(explained["queryPlanner"].AsDocument["winningPlan"].AsDocument).ShouldBeEmpty();
    }

    [Fact]
    public async Task Text_of_another_collation_is_not_looked_up_in_an_index()
    {
        await shop.Run("""{"insert": "t", "documents": [{"_id": 1, "n": "Ann"}, {"_id": 2, "n": "ann"}]}""");
        await shop.Run("""{"createIndexes": "t", "indexes": [{"key": {"n": 1}, "name": "n"}]}""");

        (
            await Ids("""{"find": "t", "filter": {"n": "ann"}, "collation": {"locale": "en", "strength": 2}}""")
        ).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_collection_compares_text_by_its_own_collation()
    {
        await shop.Run("""{"create": "t", "collation": {"locale": "en", "strength": 2}}""");
        await shop.Run("""{"insert": "t", "documents": [{"_id": "Ann"}, {"_id": "bob"}]}""");

        (await shop.Batch("""{"find": "t", "filter": {"_id": "ANN"}}""")).ShouldBe([Shop.Text("""{"_id": "Ann"}""")]);
        (
            await shop.Batch("""{"find": "t", "filter": {"_id": "ANN"}, "collation": {"locale": "simple"}}""")
        ).ShouldBeEmpty();
    }

    [Fact]
    public async Task Distinct_gives_each_value_once_with_elements_of_arrays_one_by_one()
    {
        var reply = await shop.Run("""{"distinct": "c", "key": "tags"}""");

        reply["values"].AsDocument.Values().Select(value => value.AsInt32).Order().ShouldBe([1, 4, 9]);
    }

    [Theory]
    [InlineData("""{"update": "c", "updates": [{"q": {"a": 5}, "u": {"$set": {"z": 1}}}]}""", "UPDATE", 1)]
    [InlineData("""{"delete": "c", "deletes": [{"q": {"a": 5}, "limit": 0}]}""", "DELETE", 2)]
    [InlineData("""{"count": "c", "query": {"a": 5}}""", "COUNT", 2)]
    [InlineData("""{"findAndModify": "c", "query": {"a": 5}, "remove": true}""", "DELETE", 1)]
    public async Task A_write_or_count_is_explained_and_not_done(string command, string stage, int keys)
    {
        var explained = await shop.Run($$"""{"explain": {{command}} }""");

        var plan = explained["queryPlanner"].AsDocument["winningPlan"].AsDocument;
        plan["stage"].AsString.ShouldBe(stage);
        IndexNames(plan).ShouldBe(["ab"]);
        explained["executionStats"].AsDocument["totalKeysExamined"].ToInt64().ShouldBe(keys);
        (await shop.Run("""{"count": "c", "query": {"a": 5, "z": null}}"""))["n"].ToInt64().ShouldBe(2);
    }

    private static List<string> IndexNames(RawDocument plan)
    {
        var names = new List<string>();
        if (plan["indexName"] is { Type: BsonType.String } name)
        {
            names.Add(name.AsString);
        }

        if (plan["inputStage"] is { Type: BsonType.Document } input)
        {
            names.AddRange(IndexNames(input.AsDocument));
        }

        if (plan["inputStages"] is { Type: BsonType.Array } inputs)
        {
            names.AddRange(inputs.AsDocument.Values().SelectMany(stage => IndexNames(stage.AsDocument)));
        }

        return names;
    }

    private async Task<IEnumerable<int>> Ids(string command) =>
        (await shop.Run(command))["cursor"]
            .AsDocument["firstBatch"]
            .AsDocument.Values()
            .Select(document => document.AsDocument["_id"].AsInt32);

    private Task<IEnumerable<int>> SortedInMemory(string sort) =>
        Ids($$"""{"find": "c", "filter": {"_id": {"$ne": 6} }, "sort": {{sort}}, "hint": {"$natural": 1} }""");
}
