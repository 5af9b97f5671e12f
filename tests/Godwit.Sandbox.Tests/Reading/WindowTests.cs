using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Reading;

public sealed class WindowTests : IAsyncLifetime
{
    private readonly Shop shop = new();

    public async ValueTask InitializeAsync() =>
        await shop.Run(
            """
            {"insert": "c", "documents": [
                {"_id": 1, "g": "a", "t": 1, "v": 4},
                {"_id": 2, "g": "a", "t": 2, "v": 8},
                {"_id": 3, "g": "a", "t": 5, "v": null},
                {"_id": 4, "g": "a", "t": 6, "v": 16},
                {"_id": 5, "g": "b", "t": 6, "v": 1}
            ]}
            """
        );

    public ValueTask DisposeAsync()
    {
        shop.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("""{"$sum": "$v", "window": {"documents": ["unbounded", "current"]}}""", "4 12 12 28 1")]
    [InlineData("""{"$sum": "$v", "window": {"documents": [-1, 1]}}""", "12 12 24 16 1")]
    [InlineData("""{"$sum": "$v", "window": {"range": [-1, 1]}}""", "12 12 16 16 1")]
    [InlineData("""{"$sum": "$v", "window": {"range": [1, 4]}}""", "8 16 16 0 0")]
    [InlineData("""{"$count": {}}""", "4 4 4 4 1")]
    [InlineData("""{"$documentNumber": {}}""", "1 2 3 4 1")]
    [InlineData("""{"$rank": {}}""", "1 2 3 4 1")]
    [InlineData("""{"$shift": {"output": "$_id", "by": 1, "default": 0}}""", "2 3 4 0 0")]
    [InlineData("""{"$locf": "$v"}""", "4 8 8 16 1")]
    [InlineData("""{"$linearFill": "$v"}""", "4 8 14.0 16 1")]
    [InlineData("""{"$derivative": {"input": "$v"}, "window": {"documents": [-1, 0]}}""", "null 4.0 null null null")]
    public async Task A_window_function_looks_at_the_partition_of_its_document(string function, string expected)
    {
        var results = await shop.Aggregate(
            "c",
            $$"""[{"$setWindowFields": {"partitionBy": "$g", "sortBy": {"t": 1}, "output": {"r": {{function}} } } }, {"$sort": {"_id": 1} }, {"$project": {"_id": 0, "r": 1} }]"""
        );

        string.Join(' ', results.Select(result => result["{ r: ".Length..^2])).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"$setWindowFields": {"output": {"r": {"$rank": {}}}}}""", 5371602)]
    [InlineData("""{"$setWindowFields": {"output": {"r": {"$nope": 1}}}}""", 9)]
    [InlineData("""{"$setWindowFields": {"output": {"r": {"$sum": 1, "window": {"documents": [-1, 0]}}}}}""", 5339901)]
    [InlineData(
        """{"$setWindowFields": {"sortBy": {"g": 1}, "output": {"r": {"$sum": 1, "window": {"range": [0, 1]}}}}}""",
        5429414
    )]
    public async Task A_window_that_makes_no_sense_is_refused_with_MongoDBs_code(string stage, int code) =>
        (await shop.Refusal("c", $"[{stage}]")).ShouldBe(code);

    [Theory]
    [InlineData("\"full\"", "1 2 3 4 5 6 6")]
    [InlineData("[0, 4]", "0 1 2 3 5 6 6")]
    public async Task Densify_adds_what_is_left_out_between_bounds(string bounds, string expected)
    {
        var results = await shop.Aggregate(
            "c",
            $$"""[{"$densify": {"field": "t", "range": {"step": 1, "bounds": {{bounds}} } } }, {"$project": {"_id": 0, "t": 1} }]"""
        );

        string.Join(' ', results.Select(result => result["{ t: ".Length..^2])).ShouldBe(expected);
    }

    [Fact]
    public async Task Fill_gives_a_value_to_fields_that_have_none()
    {
        var results = await shop.Aggregate(
            "c",
            """[{"$fill": {"sortBy": {"t": 1}, "output": {"v": {"value": 0}}}}, {"$match": {"_id": 3}}, {"$project": {"v": 1}}]"""
        );

        results.ShouldBe([Shop.Text("""{"_id": 3, "v": 0}""")]);
    }
}
