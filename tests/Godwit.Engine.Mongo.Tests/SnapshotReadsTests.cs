using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>How ranges are asked for, and what comes back when a server cannot or will not answer.</summary>
public sealed class SnapshotReadsTests
{
    private static readonly Guid Uuid = Guid.Parse("01234567-89ab-cdef-0123-456789abcdef");
    private static readonly CollectionAddress Orders = new(new("shop", "orders"), Uuid);
    private static readonly ClusterTime At = new(98, 7);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RawDocument Document(int id) => new DocumentBuilder { { "_id", id }, { "n", $"{id}" } }.Build();

    [Fact]
    [Requirement("S1")]
    [Requirement("S5")]
    public async Task A_range_is_read_at_its_time_by_uuid_between_index_bounds_to_the_end_of_its_cursor()
    {
        await using var cluster = new ScriptedCluster(command =>
            command.Has("find") ? ScriptedCluster.Cursor("shop.orders", 9, "firstBatch", Document(1), Document(2))
            : command.Has("getMore") ? ScriptedCluster.Cursor("shop.orders", 0, "nextBatch", Document(3))
            : ScriptedCluster.Ok()
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        var found = await ReadAsync(source, new(Orders, At, 1, "z"));

        found.SequenceEqual([Document(1), Document(2), Document(3)]).ShouldBeTrue();
        var find = cluster.Commands[0];
        find["collectionUUID"].AsUuid.ShouldBe(Uuid);
        find["min"].AsDocument["_id"].ShouldBe(1);
        find["max"].AsDocument["_id"].ShouldBe("z");
        find["readConcern"].AsDocument["atClusterTime"].AsTimestamp.ShouldBe(At);
        find["hint"].AsDocument["_id"].ShouldBe(1);
        cluster.Commands[1]["collection"].AsString.ShouldBe("orders");
    }

    [Fact]
    [Requirement("S8")]
    public async Task What_is_read_in_passing_is_what_a_majority_has_from_a_time_on_in_natural_order()
    {
        await using var cluster = new ScriptedCluster(command =>
            command.Has("find")
                ? ScriptedCluster.Cursor("shop.orders", 0, "firstBatch", Document(1))
                : ScriptedCluster.Ok()
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        _ = await ReadAsync(source, new(Orders, At, RawValue.Missing, RawValue.Missing, ReadOrder.Passing));
        using var one = await source.ReadDocumentsAsync(new(Orders, At, [1]) { IsPassing = true }, Token);

        var finds = cluster.Commands.Where(command => command.Has("find")).ToList();
        finds.Count.ShouldBe(2);
        foreach (var concern in finds.Select(find => find["readConcern"].AsDocument))
        {
            concern["level"].ShouldBe("majority");
            concern["afterClusterTime"].AsTimestamp.ShouldBe(At);
            concern.Has("atClusterTime").ShouldBeFalse();
        }

        finds[0]["hint"].AsDocument["$natural"].ShouldBe(1);
    }

    [Fact]
    [Requirement("H10")]
    [Requirement("S2")]
    public async Task What_is_read_through_stages_is_read_at_its_time_by_uuid_between_bounds_of_any_type()
    {
        await using var cluster = new ScriptedCluster(command =>
            command.Has("aggregate")
                ? ScriptedCluster.Cursor("shop.orders", 0, "firstBatch", Document(1))
                : ScriptedCluster.Ok()
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);
        RawDocument[] stages =
        [
            new DocumentBuilder
            {
                {
                    "$set",
                    new DocumentBuilder { { "a", 1 } }
                },
            }.Build(),
        ];

        _ = await ReadAsync(source, new(Orders, At, 1, "z") { Stages = stages });
        using var one = await source.ReadDocumentsAsync(new(Orders, At, [7, "x"]) { Stages = stages }, Token);

        foreach (var command in cluster.Commands)
        {
            command["collectionUUID"].AsUuid.ShouldBe(Uuid);
            command["readConcern"].AsDocument["atClusterTime"].AsTimestamp.ShouldBe(At);
        }

        cluster.Commands[0]["hint"].AsDocument["_id"].ShouldBe(1);
        cluster
            .Commands[0]["pipeline"]
            .ShouldBe(
                ExtendedJsonReader.ReadValue(
                    """[{"$match": {"$expr": {"$and": [{"$gte": ["$_id", {"$literal": 1}]}, {"$lt": ["$_id", {"$literal": "z"}]}]}}}, {"$sort": {"_id": 1}}, {"$set": {"a": 1}}]"""
                )
            );
        cluster
            .Commands[1]["pipeline"]
            .ShouldBe(ExtendedJsonReader.ReadValue("""[{"$match": {"_id": {"$in": [7, "x"]}}}, {"$set": {"a": 1}}]"""));
    }

    [Theory]
    [InlineData(0, 1_000)]
    [InlineData(350, 11_983)]
    [InlineData(10, 100_000)]
    [InlineData(16_000_000, 1)]
    public async Task A_batch_is_asked_for_by_the_size_of_documents_as_known_and_then_as_seen(
        long documentBytes,
        int firstCount
    )
    {
        const int bytesSeen = 40_000;
        var large = new DocumentBuilder { { "_id", 1 }, { "bytes", RawValue.Binary(new byte[bytesSeen]) } }.Build();
        await using var cluster = new ScriptedCluster(command =>
            command.Has("find")
                ? ScriptedCluster.Cursor("shop.orders", 9, "firstBatch", large, large)
                : ScriptedCluster.Cursor("shop.orders", 0, "nextBatch", Document(3))
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        var found = await ReadAsync(source, new(Orders, At, 1, "z", DocumentBytes: documentBytes));

        found.SequenceEqual([large, large, Document(3)]).ShouldBeTrue();
        cluster.Commands[0]["batchSize"].ShouldBe(firstCount);
        cluster.Commands[1]["batchSize"].ShouldBe(4 * 1024 * 1024 / large.Length);
    }

    [Fact]
    [Requirement("S21")]
    public async Task Every_command_carries_the_newest_cluster_time_seen_on_any_connection()
    {
        await using var cluster = new ScriptedCluster(_ => ScriptedCluster.Cursor("shop.orders", 0, "firstBatch"));
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        _ = await ReadAsync(source, new(Orders, At, default, default));
        _ = await ReadAsync(source, new(Orders, At, default, default));

        cluster.Commands[0].Has("$clusterTime").ShouldBeFalse();
        cluster.Commands[1]["$clusterTime"].AsDocument["clusterTime"].AsTimestamp.ShouldBe(new(100, 1));
    }

    [Fact]
    public async Task A_reader_that_stops_early_leaves_no_cursor_behind()
    {
        await using var cluster = new ScriptedCluster(command =>
            command.Has("killCursors")
                ? ScriptedCluster.Ok()
                : ScriptedCluster.Cursor(
                    "shop.orders",
                    9,
                    command.Has("find") ? "firstBatch" : "nextBatch",
                    Document(1)
                )
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        await foreach (var batch in source.ReadRangeAsync(new(Orders, At, default, default), Token))
        {
            batch.Dispose();
            break;
        }

        cluster.Commands.ShouldContain(command =>
            command.Has("killCursors") && command["cursors"].AsDocument.First().Value.AsInt64 == 9
        );
    }

    [Theory]
    [InlineData(239, FaultKind.NeedsNewCursor)]
    [InlineData(246, FaultKind.NeedsNewCursor)]
    [InlineData(43, FaultKind.NeedsNewCursor)]
    [InlineData(10107, FaultKind.Transient)]
    [InlineData(13, FaultKind.BadRequest)]
    internal async Task A_refused_read_says_what_it_means(int code, FaultKind kind)
    {
        await using var cluster = new ScriptedCluster(_ => ScriptedCluster.Fail(code));
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        var fault = await Should.ThrowAsync<ClusterException>(() =>
            ReadAsync(source, new(Orders, At, default, default))
        );

        fault.ShouldSatisfyAllConditions(
            () => fault.Kind.ShouldBe(kind),
            () => fault.Code.ShouldBe(code),
            () => fault.Side.ShouldBe(Side.Source),
            () => fault.Stage.ShouldBe(Stage.Read)
        );
    }

    [Fact]
    [Requirement("S1")]
    public async Task A_collection_that_was_renamed_is_reported_with_its_name()
    {
        await using var cluster = new ScriptedCluster(_ =>
            ScriptedCluster.Fail(361, "mismatch", ("db", "shop"), ("actualCollection", "orders2"))
        );
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        var fault = await Should.ThrowAsync<ClusterException>(() =>
            ReadAsync(source, new(Orders, At, default, default))
        );

        fault.Kind.ShouldBe(FaultKind.Moved);
        fault.ActualName.ShouldBe(new("shop", "orders2"));
    }

    [Fact]
    [Requirement("S1")]
    public async Task A_collection_that_goes_while_it_is_measured_is_reported_as_moved()
    {
        await using var cluster = new ScriptedCluster(_ => ScriptedCluster.Fail(26));
        await using var source = new MongoSource(cluster.Address, TimeProvider.System);

        var fault = await Should.ThrowAsync<ClusterException>(() => source.MeasureAsync(Orders, Token));

        fault.Kind.ShouldBe(FaultKind.Moved);
    }

    private static async Task<List<RawDocument>> ReadAsync(MongoSource source, RangeRead read)
    {
        var found = new List<RawDocument>();
        await foreach (var batch in source.ReadRangeAsync(read, Token))
        {
            using var _ = batch;
            foreach (var document in batch)
            {
                found.Add(new(document.Bytes.ToArray()));
            }
        }

        return found;
    }
}
