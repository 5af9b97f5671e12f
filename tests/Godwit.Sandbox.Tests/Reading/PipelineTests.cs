using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Reading;

public sealed class PipelineTests : IAsyncLifetime
{
    private readonly Shop shop = new();

    public async ValueTask InitializeAsync()
    {
        await shop.Run(
            """
            {"insert": "orders", "documents": [
                {"_id": 1, "customer": "ann", "total": 10, "items": ["a", "b"]},
                {"_id": 2, "customer": "bob", "total": 5, "items": []},
                {"_id": 3, "customer": "ann", "total": 7},
                {"_id": 4, "total": 1, "items": "c"}
            ]}
            """
        );
        await shop.Run(
            """{"insert": "people", "documents": [{"_id": "ann", "boss": "cid"}, {"_id": "bob", "boss": "ann"}, {"_id": "cid"}]}"""
        );
    }

    public ValueTask DisposeAsync()
    {
        shop.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(
        """[{"$group": {"_id": "$customer", "n": {"$sum": 1}, "all": {"$push": "$total"}}}, {"$sort": {"_id": 1}}]""",
        """{"_id": null, "n": 1, "all": [1]}""",
        """{"_id": "ann", "n": 2, "all": [10, 7]}""",
        """{"_id": "bob", "n": 1, "all": [5]}"""
    )]
    [InlineData(
        """[{"$group": {"_id": null, "best": {"$topN": {"n": 2, "sortBy": {"total": -1}, "output": "$_id"}}, "worst": {"$bottom": {"sortBy": {"total": -1}, "output": "$_id"}}}}]""",
        """{"_id": null, "best": [1, 3], "worst": 4}"""
    )]
    [InlineData(
        """[{"$match": {"_id": 1}}, {"$unwind": {"path": "$items", "includeArrayIndex": "at"}}, {"$project": {"items": 1, "at": 1}}]""",
        """{"_id": 1, "items": "a", "at": {"$numberLong": "0"}}""",
        """{"_id": 1, "items": "b", "at": {"$numberLong": "1"}}"""
    )]
    [InlineData("""[{"$unwind": "$items"}, {"$count": "n"}]""", """{"n": 3}""")]
    [InlineData(
        """[{"$match": {"_id": {"$lte": 2}}}, {"$lookup": {"from": "people", "localField": "customer", "foreignField": "_id", "as": "who.is"}}, {"$project": {"who": 1}}]""",
        """{"_id": 1, "who": {"is": [{"_id": "ann", "boss": "cid"}]}}""",
        """{"_id": 2, "who": {"is": [{"_id": "bob", "boss": "ann"}]}}"""
    )]
    [InlineData(
        """[{"$match": {"_id": 1}}, {"$lookup": {"from": "people", "let": {"c": "$customer"}, "pipeline": [{"$match": {"$expr": {"$eq": ["$boss", "$$c"]}}}], "as": "staff"}}, {"$project": {"staff": 1}}]""",
        """{"_id": 1, "staff": [{"_id": "bob", "boss": "ann"}]}"""
    )]
    [InlineData(
        """[{"$match": {"_id": 2}}, {"$graphLookup": {"from": "people", "startWith": "$customer", "connectFromField": "boss", "connectToField": "_id", "as": "chain", "depthField": "d"}}, {"$project": {"chain._id": 1, "chain.d": 1}}]""",
        """{"_id": 2, "chain": [{"_id": "bob", "d": {"$numberLong": "0"}}, {"_id": "ann", "d": {"$numberLong": "1"}}, {"_id": "cid", "d": {"$numberLong": "2"}}]}"""
    )]
    [InlineData(
        """[{"$facet": {"n": [{"$count": "n"}], "top": [{"$sort": {"total": -1}}, {"$limit": 1}, {"$project": {"total": 1}}]}}]""",
        """{"n": [{"n": 4}], "top": [{"_id": 1, "total": 10}]}"""
    )]
    [InlineData(
        """[{"$bucket": {"groupBy": "$total", "boundaries": [0, 6], "default": "more"}}]""",
        """{"_id": 0, "count": 2}""",
        """{"_id": "more", "count": 2}"""
    )]
    [InlineData(
        """[{"$bucketAuto": {"groupBy": "$_id", "buckets": 2}}]""",
        """{"_id": {"min": 1, "max": 3}, "count": 2}""",
        """{"_id": {"min": 3, "max": 4}, "count": 2}"""
    )]
    [InlineData("""[{"$sortByCount": "$customer"}, {"$limit": 1}]""", """{"_id": "ann", "count": 2}""")]
    [InlineData(
        """[{"$match": {"_id": 3}}, {"$unionWith": {"coll": "people", "pipeline": [{"$match": {"_id": "cid"}}]}}]""",
        """{"_id": 3, "customer": "ann", "total": 7}""",
        """{"_id": "cid"}"""
    )]
    [InlineData(
        """[{"$match": {"_id": 1}}, {"$set": {"items.of": "$customer", "new": {"x": {"$add": ["$total", 1]}}, "total": "$$REMOVE"}}]""",
        """{"_id": 1, "customer": "ann", "items": [{"of": "ann"}, {"of": "ann"}], "new": {"x": 11}}"""
    )]
    [InlineData(
        """[{"$redact": {"$cond": [{"$eq": ["$customer", "bob"]}, "$$KEEP", "$$PRUNE"]}}, {"$project": {"_id": 1}}]""",
        """{"_id": 2}"""
    )]
    [InlineData(
        """[{"$sort": {"total": 1}}, {"$skip": 1}, {"$limit": 2}, {"$project": {"total": 1}}]""",
        """{"_id": 2, "total": 5}""",
        """{"_id": 3, "total": 7}"""
    )]
    public async Task A_stage_gives_what_MongoDB_documents(string stages, params string[] expected) =>
        (await shop.Aggregate("orders", stages)).ShouldBe(expected.Select(Shop.Text));

    [Theory]
    [InlineData("""[{"$nope": 1}]""", 40324)]
    [InlineData("""[{}]""", 40323)]
    [InlineData("""[{"$out": "x"}, {"$match": {}}]""", 40601)]
    [InlineData("""[{"$match": {}}, {"$indexStats": {}}]""", 40602)]
    [InlineData("""[{"$facet": {"a": [{"$out": "x"}]}}]""", 40600)]
    [InlineData("""[{"$lookup": {"from": "people", "pipeline": [{"$merge": "x"}], "as": "a"}}]""", 51047)]
    [InlineData("""[{"$unionWith": {"coll": "people", "pipeline": [{"$out": "x"}]}}]""", 31441)]
    [InlineData("""[{"$changeStream": {}}, {"$sort": {"a": 1}}]""", 20)]
    [InlineData("""[{"$group": {"n": {"$sum": 1}}}]""", 15955)]
    [InlineData("""[{"$merge": {"into": "people", "on": "boss"}}]""", 51183)]
    [InlineData("""[{"$search": {}}]""", 6047401)]
    [InlineData("""[{"$listSearchIndexes": {}}]""", 31082)]
    public async Task A_stage_out_of_place_is_refused_with_MongoDBs_code(string stages, int code) =>
        (await shop.Refusal("orders", stages)).ShouldBe(code);

    [Fact]
    public async Task Out_replaces_a_collection_and_keeps_its_indexes()
    {
        await shop.Run("""{"createIndexes": "people", "indexes": [{"key": {"total": 1}, "name": "t"}]}""");

        (
            await shop.Aggregate(
                "orders",
                """[{"$match": {"_id": 1}}, {"$project": {"total": 1}}, {"$out": "people"}]"""
            )
        ).ShouldBeEmpty();

        (await shop.Batch("""{"find": "people"}""")).ShouldBe([Shop.Text("""{"_id": 1, "total": 10}""")]);
        (await shop.Batch("""{"listIndexes": "people"}""")).Length.ShouldBe(2);
        (await shop.Batch("""{"listCollections": 1, "nameOnly": true}""")).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Out_that_fails_leaves_the_collection_as_it_was()
    {
        (await shop.Refusal("orders", """[{"$project": {"_id": "$customer"}}, {"$out": "people"}]""")).ShouldBe(11000);

        (await shop.Batch("""{"find": "people"}""")).Length.ShouldBe(3);
        (await shop.Batch("""{"listCollections": 1, "nameOnly": true}""")).Length.ShouldBe(2);
    }

    [Fact]
    public async Task Merge_changes_what_is_there_and_adds_what_is_not()
    {
        await shop.Aggregate(
            "orders",
            """[{"$match": {"customer": {"$ne": null}}}, {"$group": {"_id": "$customer", "spent": {"$sum": "$total"}}}, {"$merge": "people"}]"""
        );

        (await shop.Batch("""{"find": "people", "filter": {"_id": "ann"}}""")).ShouldBe([
            Shop.Text("""{"_id": "ann", "boss": "cid", "spent": 17}"""),
        ]);
    }

    [Fact]
    public async Task Merge_through_a_pipeline_takes_values_for_what_they_are_and_not_for_expressions()
    {
        await shop.Run("""{"insert": "odd", "documents": [{"_id": "ann", "text": "$boss"}]}""");

        await shop.Aggregate(
            "odd",
            """[{"$merge": {"into": "people", "whenMatched": [{"$set": {"text": "$$new.text"}}]}}]"""
        );

        (await shop.Batch("""{"find": "people", "filter": {"_id": "ann"}}""")).ShouldBe([
            Shop.Text("""{"_id": "ann", "boss": "cid", "text": "$boss"}"""),
        ]);
    }

    [Fact]
    public async Task A_sample_of_a_large_collection_gives_that_many_different_documents()
    {
        var documents = string.Join(", ", Enumerable.Range(0, 500).Select(i => $$"""{"_id": {{i}} }"""));
        await shop.Run($$"""{"insert": "many", "documents": [{{documents}}] }""");

        var sample = await shop.Aggregate("many", """[{"$sample": {"size": 20}}]""");

        sample.Distinct().Count().ShouldBe(20);
    }
}
