using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Planning;

/// <summary>Indexes that are to be left out are not built, not missed, and left out by later lives too.</summary>
[Requirement("F03")]
public sealed class IndexSelectionTests
{
    private static readonly string[] All = ["_id_", "a_1", "h_hashed", "a_1_h_hashed"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(nameof(IndexSelection.All), null, "_id_ a_1 h_hashed a_1_h_hashed")]
    [InlineData(nameof(IndexSelection.WithoutHashed), null, "_id_ a_1")]
    [InlineData(nameof(IndexSelection.Required), null, "_id_")]
    [InlineData(nameof(IndexSelection.WithoutHashed), "h_hashed", "_id_ a_1 h_hashed")]
    [InlineData(nameof(IndexSelection.Required), "h_hashed", "_id_ h_hashed")]
    [InlineData(nameof(IndexSelection.Required), "a_1_h_hashed", "_id_ a_1_h_hashed")]
    public void What_a_shard_key_stands_on_is_kept(string selection, string? shardedBy, string left)
    {
        var one = new CollectionDescription(
            new("shop", "orders"),
            Guid.NewGuid(),
            CollectionKind.Collection,
            RawDocument.Empty,
            [.. All.Select(Index)],
            []
        )
        {
            ShardKey = shardedBy is null ? null : new(Index(shardedBy)["key"].AsDocument, IsUnique: false),
        };

        var kept = Enum.Parse<IndexSelection>(selection).Leave(one, sharding: null);

        string.Join(' ', kept.Indexes.Select(index => index["name"].AsString)).ShouldBe(left);
    }

    [Fact]
    public async Task What_is_left_out_is_left_out_by_the_next_life_and_nobody_misses_it()
    {
        var scenario = new MigrationScenario(31);
        scenario.Load("shop.orders", 60);
        scenario.Define("shop.orders", "number", "unique", true);
        scenario.Define("shop.orders", "a", "expireAfterSeconds", 3600);
        var first = scenario.Migrate(
            MigrationScenario.Quick with
            {
                CutoverAutomatic = false,
                Indexes = IndexSelection.Required,
            }
        );
        var run = first.RunAsync(Token);
        await scenario.UntilAsync(() => first.Progress.CanCommit);
        scenario.Define("shop.orders", "text", "sparse", true);
        first.RequestPause();
        (await run.WaitAsync(TimeSpan.FromSeconds(30), Token)).Outcome.ShouldBe(MigrationOutcome.Paused);

        var report = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);

        report.Verdict.Text.ShouldBe("identical", $"{report.Failure?.Message} {report.Verdict.Reason}");
        report.Remarks.ShouldContain(one => one.Contains("Indexes are left out", StringComparison.Ordinal));
        var made = scenario.Destination.State.Catalogue.Values.Single(one =>
            one.Name == new Namespace("shop", "orders")
        );
        made.Indexes.Select(index => index["name"].AsString).ShouldBe(["_id_"]);
    }

    [Fact]
    [Requirement("S29")]
    public async Task What_leaves_indexes_out_cannot_be_turned_round()
    {
        var scenario = new MigrationScenario(32);
        scenario.Load("shop.orders", 5);
        var settings = MigrationScenario.Quick with { IsReversible = true, Indexes = IndexSelection.WithoutHashed };

        var report = await scenario.RunAsync(settings, Token);

        report.Failure!.Code.ShouldBe("ReversibleNotAllowed");
    }

    /// <summary>The index of a name such as the server gives: fields and what is after them.</summary>
    private static RawDocument Index(string name)
    {
        var parts = name == "_id_" ? ["_id", "1"] : name.Split('_');
        var key = new DocumentBuilder();
        foreach (var pair in parts.Chunk(2))
        {
            _ = pair[1] == "hashed" ? key.Add(pair[0], "hashed") : key.Add(pair[0], 1);
        }

        return new DocumentBuilder { { "key", key }, { "name", name } }.Build();
    }
}
