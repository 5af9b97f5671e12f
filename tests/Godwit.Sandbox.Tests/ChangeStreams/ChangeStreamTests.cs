using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Sandbox.Errors;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.ChangeStreams;

/// <summary>A change stream tells every committed change of what it watches once, in order, and can be taken up again after any event.</summary>
public sealed class ChangeStreamTests
{
    private readonly OplogHistory history = new();

    [Fact]
    public void A_new_stream_starts_one_tick_after_the_clock_and_shows_what_follows()
    {
        history.Insert(1);
        var stream = Open();
        var token = stream.PostBatchResumeToken["_data"].AsString;
        token.ShouldBe(ResumeToken.HighWaterMark(history.LastApplied.Next()).ToData());

        history.Insert(2);

        Read(stream).ShouldHaveSingleItem()["documentKey"].AsDocument["_id"].AsInt32.ShouldBe(2);
    }

    [Fact]
    public void A_stream_resumed_after_an_event_shows_the_next_one_only()
    {
        var stream = Open();
        history.Insert(1);
        history.Insert(2);
        history.Insert(3);
        var first = Read(stream)[0];

        var resumed = Open(new DocumentBuilder { { "resumeAfter", first["_id"] } }.Build());

        Read(resumed).Select(e => e["documentKey"].AsDocument["_id"].AsInt32).ShouldBe([2, 3]);
    }

    [Fact, Requirement("S10")]
    public void The_operations_of_a_transaction_share_a_time_and_resuming_among_them_goes_on_in_the_middle()
    {
        var stream = Open();
        var session = OplogHistory.Doc("lsid", OplogHistory.Doc("id", 1));
        var more = new DocumentBuilder().AddAll(session).Add("txnNumber", 5L).Build();
        var part = history.Write("c", "admin.$cmd", ApplyOps(true, 1, 2), more: Chain(more, ClusterTime.Zero));
        history.Write("c", "admin.$cmd", ApplyOps(false, 3), more: Chain(more, part));

        var events = Read(stream);
        events.Select(e => e["documentKey"].AsDocument["_id"].AsInt32).ShouldBe([1, 2, 3]);
        events
            .Select(e => e["clusterTime"].AsTimestamp)
            .Distinct()
            .ShouldHaveSingleItem()
            .ShouldBe(history.LastApplied);
        events[0].First().Name.ShouldBe("txnNumber");

        var resumed = Open(new DocumentBuilder { { "resumeAfter", events[1]["_id"] } }.Build());
        Read(resumed).ShouldHaveSingleItem()["documentKey"].AsDocument["_id"].AsInt32.ShouldBe(3);
    }

    [Fact]
    public void Dropping_the_collection_ends_its_stream_with_an_invalidate_that_startAfter_gets_past()
    {
        var stream = Open();
        history.Write("c", "shop.$cmd", OplogHistory.Doc("drop", "orders"));

        var events = Read(stream);
        events.Select(e => e["operationType"].AsString).ShouldBe(["drop", "invalidate"]);
        stream.IsInvalidated.ShouldBeTrue();

        history.Insert(9);
        var restarted = Open(new DocumentBuilder { { "startAfter", events[1]["_id"] } }.Build());
        Read(restarted).ShouldHaveSingleItem()["documentKey"].AsDocument["_id"].AsInt32.ShouldBe(9);
        Should
            .Throw<CommandException>(() => Open(new DocumentBuilder { { "resumeAfter", events[1]["_id"] } }.Build()))
            .Code.ShouldBe(ErrorCode.InvalidResumeToken);
    }

    [Fact, Requirement("S20")]
    public void A_stream_whose_history_is_gone_is_refused_as_lost()
    {
        var stream = Open();
        history.Insert(1);
        var first = Read(stream)[0];
        history.Insert(2);
        history.ForgetBefore(history.Insert(3));

        var lost = Should.Throw<CommandException>(() =>
            Open(new DocumentBuilder { { "resumeAfter", first["_id"] } }.Build())
        );

        lost.Code.ShouldBe(ErrorCode.ChangeStreamHistoryLost);
        lost.Labels.ShouldContain("NonResumableChangeStreamError");
    }

    [Fact]
    public void Entries_of_others_move_the_high_water_mark_forward_and_never_behind_a_delivered_event()
    {
        var stream = Open();
        history.Insert(1);
        var seen = Read(stream)[0];
        stream.PostBatchResumeToken.ShouldBe(seen["_id"].AsDocument);

        history.Insert(2, "other.things");

        Read(stream).ShouldBeEmpty();
        stream.PostBatchResumeToken["_data"].AsString.ShouldBe(ResumeToken.HighWaterMark(history.LastApplied).ToData());
    }

    [Fact]
    public void A_pipeline_that_changes_the_token_is_fatal()
    {
        var specification = ChangeStreamSpecification.Parse(
            RawDocument.Empty,
            new Namespace("shop", "orders"),
            isApiStrict: false
        );
        var stream = new ChangeStream(specification, history, e => OplogHistory.Id(1), splitsLargeEvents: false);
        history.Insert(1);

        Should.Throw<CommandException>(() => stream.TryNext(out _)).Code.ShouldBe(ErrorCode.ChangeStreamFatalError);
    }

    [Fact]
    public void A_large_event_is_split_and_resumed_after_any_fragment()
    {
        var stream = Open(splits: true);
        var big = new string('x', 9 * 1024 * 1024);
        var before = new DocumentBuilder { { "_id", 1 }, { "a", big } }.Build();
        var time = history.Write(
            "u",
            "shop.orders",
            new DocumentBuilder { { "_id", 1 }, { "b", big } }.Build(),
            OplogHistory.Id(1)
        );
        history.PreImages[time] = before;
        var options = new DocumentBuilder
        {
            { "startAtOperationTime", time },
            { "fullDocumentBeforeChange", "required" },
        }.Build();

        var fragments = Read(Open(options, splits: true));
        fragments.Count.ShouldBe(2);
        fragments[1]["splitEvent"].AsDocument.ShouldBe(new DocumentBuilder { { "fragment", 2 }, { "of", 2 } }.Build());

        var resume = new DocumentBuilder
        {
            { "resumeAfter", fragments[0]["_id"] },
            { "fullDocumentBeforeChange", "required" },
        }.Build();
        Read(Open(resume, splits: true)).ShouldHaveSingleItem().ShouldBe(fragments[1]);
        Read(stream).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("8263515EAC000000022B0429296E1404", 1666277036, 2)]
    public void A_high_water_mark_has_the_servers_own_bytes(string data, uint seconds, uint increment) =>
        ResumeToken.HighWaterMark(new(seconds, increment)).ToData().ShouldBe(data);

    [Fact]
    public void An_event_token_has_the_servers_own_bytes()
    {
        var key = new DocumentBuilder
        {
            { "_id", RawValue.ObjectId(Convert.FromHexString("67ab8567a1dfb1ab7e2dbaa7")) },
        };
        var uuid = Guid.Parse("465965b3-5042-c464-7bab-8119c46e5ba4");
        var token = ChangeEvent.MakeToken(new(1739294055, 1), 0, uuid, "insert", key, default).ToData();

        token.ShouldStartWith("8267AB8567000000012B042C0100296E5A1004");
        token.ShouldEndWith(
            "463C6F7065726174696F6E54797065003C696E736572740046646F63756D656E744B65790046645F69640064"
                + "67AB8567A1DFB1AB7E2DBAA7000004"
        );
    }

    private static RawDocument ApplyOps(bool isPartial, params int[] ids)
    {
        var operations = ids.Select(id =>
            RawValue.Document(
                new DocumentBuilder
                {
                    { "op", "i" },
                    { "ns", "shop.orders" },
                    { "ui", RawValue.Uuid(OplogHistory.Collection) },
                    { "o", OplogHistory.Id(id) },
                    { "o2", OplogHistory.Id(id) },
                }.Build()
            )
        );
        return new DocumentBuilder
        {
            { "applyOps", RawValue.Array(operations) },
            { "partialTxn", isPartial ? RawValue.True : RawValue.Missing },
        }.Build();
    }

    private static RawDocument Chain(RawDocument session, ClusterTime previous) =>
        new DocumentBuilder()
            .AddAll(session)
            .Add("prevOpTime", new DocumentBuilder { { "ts", previous }, { "t", 1L } })
            .Build();

    private ChangeStream Open(RawDocument? options = null, bool splits = false) =>
        new(
            ChangeStreamSpecification.Parse(
                options ?? RawDocument.Empty,
                new Namespace("shop", "orders"),
                isApiStrict: false
            ),
            history,
            e => e,
            splits
        );

    private static List<RawDocument> Read(ChangeStream stream)
    {
        var events = new List<RawDocument>();
        while (stream.TryNext(out var change))
        {
            events.Add(change);
        }

        return events;
    }
}
