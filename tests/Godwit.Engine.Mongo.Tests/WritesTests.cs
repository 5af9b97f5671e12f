using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What a data write carries, and how each way it can end is told apart.</summary>
public sealed class WritesTests
{
    private static readonly CollectionAddress Orders = new(new("shop", "orders"), Guid.NewGuid());
    private static readonly WriteTicket Ticket = new(Guid.NewGuid(), (3L << 40) + 5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static WriteCommand Insert(params int[] ids) =>
        new(
            Orders,
            WriteKind.Insert,
            DocumentBatch.Of([.. ids.Select(id => new DocumentBuilder { { "_id", id } }.Build())]),
            Ordered: true
        );

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Requirement("S14")]
    [Requirement("S15")]
    [Requirement("S17")]
    public async Task A_write_is_majority_in_its_session_by_uuid_and_keeps_empty_timestamps_where_it_can(bool canBypass)
    {
        await using var cluster = new ScriptedCluster(command =>
            command.Has("buildInfo") ? ScriptedCluster.Ok(("version", "8.0.10"))
            : command["insert"] == "probe" ? ScriptedCluster.Fail(canBypass ? 16 : 40415)
            : command.Has("insert") ? ScriptedCluster.Ok(("n", 2))
            : ScriptedCluster.Fail(59)
        );
        await using var destination = new MongoDestination(cluster.Address, TimeProvider.System);
        _ = await destination.ProbeAsync(Token);

        var outcome = await destination.WriteAsync(Ticket, Insert(1, 2), Token);

        outcome.Count.ShouldBe(2);
        outcome.OperationTime.ShouldBe(new(99, 1));
        var sent = cluster.Commands[^1];
        sent["lsid"].AsDocument["id"].AsUuid.ShouldBe(Ticket.Session);
        sent["txnNumber"].AsInt64.ShouldBe(Ticket.TransactionNumber);
        sent["writeConcern"].AsDocument["w"].AsString.ShouldBe("majority");
        sent["collectionUUID"].AsUuid.ShouldBe(Orders.Uuid);
        sent["bypassDocumentValidation"].IsTruthy().ShouldBeTrue();
        sent.Has("bypassEmptyTsReplacement").ShouldBe(canBypass);
        sent["documents"].AsDocument.Count().ShouldBe(2);
    }

    [Theory]
    [InlineData("bypassEmptyTsReplacement")]
    [InlineData("showRawUpdateDescription")]
    public async Task A_facility_named_as_missing_is_not_even_tried(string name)
    {
        await using var cluster = new ScriptedCluster(command =>
            command.Has("buildInfo") ? ScriptedCluster.Ok(("version", "8.0.10"))
            : command.Has("aggregate") ? ScriptedCluster.Cursor("admin.$cmd.aggregate", 5, "firstBatch")
            : command.Has("killCursors") ? ScriptedCluster.Ok()
            : ScriptedCluster.Fail(16)
        );
        await using var destination = new MongoDestination(
            cluster.Address,
            TimeProvider.System,
            new HashSet<string> { name }
        );

        var found = await destination.ProbeAsync(Token);

        found.BypassEmptyTimestampReplacement.ShouldBe(name != "bypassEmptyTsReplacement");
        found.RawUpdateDescription.ShouldBe(name != "showRawUpdateDescription");
        found.SplitLargeEvents.ShouldBeTrue();
        cluster.Commands.ShouldNotContain(command => command.ToString().Contains(name));
    }

    [Fact]
    public async Task A_duplicate_is_an_error_of_its_statement_and_names_the_key()
    {
        var error = new DocumentBuilder
        {
            { "index", 1 },
            { "code", 11000 },
            { "errmsg", "E11000" },
            {
                "keyValue",
                new DocumentBuilder { { "email", "a@b" } }
            },
        };
        await using var cluster = new ScriptedCluster(_ =>
            ScriptedCluster.Ok(("n", 1), ("writeErrors", RawValue.Array([error])))
        );
        await using var destination = new MongoDestination(cluster.Address, TimeProvider.System);

        var outcome = await destination.WriteAsync(Ticket, Insert(1, 2), Token);

        var refused = outcome.Errors.ShouldHaveSingleItem();
        refused.Index.ShouldBe(1);
        refused.Code.ShouldBe(11000);
        refused.KeyValue["email"].AsString.ShouldBe("a@b");
    }

    [Theory]
    [InlineData(361, FaultKind.Moved)]
    [InlineData(11602, FaultKind.Transient)]
    internal async Task A_statement_that_fails_for_the_command_s_reason_is_a_fault(int code, FaultKind kind)
    {
        var error = new DocumentBuilder
        {
            { "index", 0 },
            { "code", code },
            { "errmsg", "no" },
        };
        await using var cluster = new ScriptedCluster(_ =>
            ScriptedCluster.Ok(("n", 0), ("writeErrors", RawValue.Array([error])))
        );
        await using var destination = new MongoDestination(cluster.Address, TimeProvider.System);

        var fault = await Should.ThrowAsync<ClusterException>(() => destination.WriteAsync(Ticket, Insert(1), Token));

        fault.Kind.ShouldBe(kind);
    }

    [Fact]
    [Requirement("S17")]
    public async Task A_write_below_the_fence_says_that_another_has_taken_over()
    {
        await using var cluster = new ScriptedCluster(_ => ScriptedCluster.Fail(225));
        await using var destination = new MongoDestination(cluster.Address, TimeProvider.System);

        var fault = await Should.ThrowAsync<ClusterException>(() => destination.WriteAsync(Ticket, Insert(1), Token));

        fault.Kind.ShouldBe(FaultKind.Fenced);
    }

    [Fact]
    public async Task A_lost_answer_is_transient_and_the_next_write_goes_over_a_new_connection()
    {
        var attempts = 0;
        await using var cluster = new ScriptedCluster(_ =>
            Interlocked.Increment(ref attempts) == 1 ? null : ScriptedCluster.Ok(("n", 1))
        );
        await using var destination = new MongoDestination(cluster.Address, TimeProvider.System);

        var fault = await Should.ThrowAsync<ClusterException>(() => destination.WriteAsync(Ticket, Insert(1), Token));
        var outcome = await destination.WriteAsync(Ticket, Insert(1), Token);

        fault.Kind.ShouldBe(FaultKind.Transient);
        outcome.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(256, 1, 0)]
    [InlineData(251, 0, 251)]
    [InlineData(0, 0, 251)]
    [Requirement("S13")]
    public async Task A_transaction_sent_again_learns_how_its_first_attempt_ended(int abortCode, int count, int error)
    {
        await using var cluster = new ScriptedCluster(command =>
            command.Has("insert") ? ScriptedCluster.Fail(117)
            : command.Has("abortTransaction") && abortCode != 0 ? ScriptedCluster.Fail(abortCode)
            : ScriptedCluster.Ok()
        );
        await using var destination = new MongoDestination(cluster.Address, TimeProvider.System);

        var outcome = await destination.WriteInTransactionAsync(Ticket, [Insert(1)], Token);

        outcome.Count.ShouldBe(count);
        outcome.Errors.Select(one => one.Code).FirstOrDefault().ShouldBe(error);
    }

    [Fact]
    [Requirement("S17")]
    public async Task A_fence_changes_a_document_so_that_it_outlives_a_failover()
    {
        await using var cluster = new ScriptedCluster(_ => ScriptedCluster.Ok(("n", 1)));
        await using var destination = new MongoDestination(cluster.Address, TimeProvider.System);

        await destination.FenceAsync(Ticket, Token);

        var sent = cluster.Commands.ShouldHaveSingleItem();
        sent["txnNumber"].AsInt64.ShouldBe(Ticket.TransactionNumber);
        var statement = sent["updates"].AsDocument.First().Value.AsDocument;
        statement["upsert"].IsTruthy().ShouldBeTrue();
        statement["u"].AsDocument["$set"].AsDocument["number"].AsInt64.ShouldBe(Ticket.TransactionNumber);
    }
}
