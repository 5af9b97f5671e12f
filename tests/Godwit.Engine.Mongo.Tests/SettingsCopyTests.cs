using Godwit.Bson;
using Godwit.Engine.Mongo.Administration;
using Godwit.Testing;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>Query settings and search indexes are carried over on request; what is on the destination already is never changed (L9, L10).</summary>
[Requirement("E08")]
public sealed class SettingsCopyTests
{
    private static readonly RawDocument Mapping = new DocumentBuilder { { "dynamic", true } }.Build();
    private static readonly RawDocument OtherMapping = new DocumentBuilder { { "dynamic", false } }.Build();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_destination_lacks_it_gets_and_what_it_has_is_left()
    {
        var there = new Answers
        {
            Settings = [Settings("A", 1, "sbe"), Settings("B", 2, "classic"), Settings("C", null, "sbe")],
            Indexes = [Index("names", Mapping), Index("texts", Mapping), Index("same", Mapping)],
        };
        var here = new Answers
        {
            Settings = [Settings("B", 2, "sbe")],
            Indexes = [Index("texts", OtherMapping), Index("same", Mapping)],
        };
        await using var source = there.Start();
        await using var destination = here.Start();

        var carried = await CopyAsync(source, destination, isDryRun: false);

        carried
            .Select(one => (one.Kind, one.Name, one.IsThere))
            .ShouldBe([
                ("query settings", "A", true),
                ("query settings", "B", false),
                ("query settings", "C", false),
                ("search index", "names of shop.orders", true),
                ("search index", "texts of shop.orders", false),
                ("search index", "same of shop.orders", true),
            ]);
        var set = destination.Commands.Single(one => one.Has("setQuerySettings"));
        set["setQuerySettings"].AsDocument["filter"].AsDocument["a"].ShouldBe(1);
        set["settings"].AsDocument["queryFramework"].ShouldBe("sbe");
        var created = destination.Commands.Single(one => one.Has("createSearchIndexes"));
        created["createSearchIndexes"].ShouldBe("orders");
        var index = created["indexes"].AsDocument.First().Value.AsDocument;
        index["name"].ShouldBe("names");
        index["type"].ShouldBe("search");
        index["definition"].AsDocument.ShouldBe(Mapping);
        source.Commands.ShouldNotContain(one => one.Has("setQuerySettings") || one.Has("createSearchIndexes"));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var source = new Answers
        {
            Settings = [Settings("A", 1, "sbe")],
            Indexes = [Index("names", Mapping)],
        }.Start();
        await using var destination = new Answers().Start();

        var carried = await CopyAsync(source, destination, isDryRun: true);

        carried.Select(one => one.Remark).ShouldBe(["would be carried over", "would be carried over"]);
        destination.Commands.ShouldNotContain(one => one.Has("setQuerySettings") || one.Has("createSearchIndexes"));
    }

    [Fact]
    public async Task Where_there_is_no_search_it_is_said_of_the_destination_and_nothing_is_left_of_a_source()
    {
        await using var source = new Answers { Indexes = [Index("names", Mapping)] }.Start();
        await using var without = new Answers { HasSearch = false }.Start();

        var carried = await CopyAsync(source, without, isDryRun: false);

        carried.ShouldHaveSingleItem().Remark.ShouldBe("the destination is not set up for search");
        (await CopyAsync(without, source, isDryRun: false)).ShouldBeEmpty();
    }

    private static async Task<IReadOnlyList<CarriedEntry>> CopyAsync(
        ScriptedCluster source,
        ScriptedCluster destination,
        bool isDryRun
    )
    {
        using var from = new MongoClient(source.Address.DriverSettings);
        using var to = new MongoClient(destination.Address.DriverSettings);
        return await new SettingsCopy(from, to, isDryRun).RunAsync(Token);
    }

    private static RawDocument Settings(string hash, int? value, string framework)
    {
        var settings = new DocumentBuilder
        {
            { "queryShapeHash", hash },
            {
                "settings",
                new DocumentBuilder { { "queryFramework", framework } }
            },
        };
        if (value is { } number)
        {
            settings.Add(
                "representativeQuery",
                new DocumentBuilder
                {
                    { "find", "orders" },
                    {
                        "filter",
                        new DocumentBuilder { { "a", number } }
                    },
                    { "$db", "shop" },
                }
            );
        }

        return settings.Build();
    }

    private static RawDocument Index(string name, RawDocument definition) =>
        new DocumentBuilder
        {
            { "id", "1" },
            { "name", name },
            { "type", "search" },
            { "latestDefinition", definition },
        }.Build();

    /// <summary>A server with one collection, shop.orders, as it answers what is asked for.</summary>
    private sealed class Answers
    {
        private const int SearchNotEnabled = 31082;

        internal RawDocument[] Settings { get; init; } = [];

        internal RawDocument[] Indexes { get; init; } = [];

        internal bool HasSearch { get; init; } = true;

        internal ScriptedCluster Start() => new(Answer);

        private RawDocument? Answer(RawDocument command)
        {
            if (command.Has("listDatabases"))
            {
                var shop = new DocumentBuilder { { "name", "shop" } };
                return ScriptedCluster.Ok(("databases", RawValue.Array([shop])));
            }

            if (command.Has("listCollections"))
            {
                var orders = new DocumentBuilder { { "name", "orders" }, { "type", "collection" } };
                return ScriptedCluster.Cursor("shop.$cmd.listCollections", 0, "firstBatch", orders.Build());
            }

            if (command["pipeline"] is not { Type: BsonType.Array } pipeline)
            {
                return ScriptedCluster.Ok();
            }

            return pipeline.AsDocument.First().Value.AsDocument.Has("$querySettings")
                    ? ScriptedCluster.Cursor("admin.$cmd.aggregate", 0, "firstBatch", Settings)
                : HasSearch ? ScriptedCluster.Cursor("shop.orders", 0, "firstBatch", Indexes)
                : ScriptedCluster.Fail(SearchNotEnabled);
        }
    }
}
