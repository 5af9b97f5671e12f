using Godwit.Bson;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>How change streams come to hosts, what they have read to the leader, and what becomes of both when a host is gone.</summary>
[Requirement("H08")]
[Requirement("S10")]
public sealed class ChangeBoardTests
{
    private static readonly Guid One = Guid.NewGuid();
    private static readonly Guid Two = Guid.NewGuid();
    private static readonly HoldingTerms Terms = new(new(5, 1), []);
    private readonly FakeTimeProvider time = new();
    private readonly ChangeBoard board;

    public ChangeBoardTests() => board = new(time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ChangeStreamRequest Request =>
        new(RawDocument.Empty, new(7, 1), KeysOnly: false, TimeSpan.FromMilliseconds(100)) { Part = new(1, 3) };

    private static LaneOrder Order =>
        new(
            new(new(Guid.NewGuid(), 9), 8),
            [new(Guid.NewGuid(), new(new("shop", "orders"), Guid.NewGuid()), null)],
            [new(4, 0), new(5, 0)]
        );

    [Fact]
    public void Streams_are_spread_over_the_hosts_that_are_there_and_the_first_stays_with_the_leader()
    {
        board.HasRoom(3).ShouldBeFalse();
        _ = board.FetchAsync(One, []);
        _ = board.FetchAsync(Two, []);
        _ = board.TryTake(3).ShouldNotBeNull();
        _ = board.TryTake(3).ShouldNotBeNull();
        board.TryTake(3).ShouldBeNull();
        // Of five streams each of three carries two, the leader the one that is left.
        _ = board.TryTake(5).ShouldNotBeNull();
        _ = board.TryTake(5).ShouldNotBeNull();
        board.HasRoom(5).ShouldBeFalse();
    }

    [Fact]
    public async Task A_host_that_comes_later_reads_a_stream_on_of_one_that_carries_more_than_its_share()
    {
        _ = board.FetchAsync(One, []);
        var (first, second) = (board.TryTake(3)!, board.TryTake(3)!);
        first.TryLeave(3).ShouldBeFalse("nobody else is there");
        _ = board.FetchAsync(Two, []);
        first.TryLeave(3).ShouldBeTrue();
        second.TryLeave(3).ShouldBeFalse("each carries one by now");
        first.TryLeave(3).ShouldBeFalse("it has left");
        _ = board.TryTake(3).ShouldNotBeNull();
        board.HasRoom(3).ShouldBeFalse();

        // What the first host keeps of it is still asked for, until nobody counts on that any more either.
        var writing = first.WriteAsync(Order, Cancellation);
        writing.IsCompleted.ShouldBeFalse();
        await first.DisposeAsync();
        _ = await Should.ThrowAsync<ClusterException>(writing);
        board.HasRoom(3).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_host_has_read_comes_to_the_leader_and_what_it_shall_write_to_the_host()
    {
        var (carried, order, first) = await OpenAsync();
        order.Open!.ToRequest().ShouldBe(Request with { ResumeAfter = order.Open.ToRequest().ResumeAfter });
        var answer = board.BringAsync(order.Stream, Reply("one"));
        (await first).Events.Last["text"].AsString.ShouldBe("one");
        (await answer).ShouldSatisfyAllConditions(
            terms => terms.Signal.ShouldBe(MoveSignal.Go),
            terms => terms.Settled.ShouldBe((long)Terms.Settled.Packed)
        );

        var writing = carried.WriteAsync(Order, Cancellation);
        var write = (await board.FetchAsync(One, [order.Stream])).ShouldHaveSingleItem();
        write.Write!.ToOrder().Changes.ShouldBe(Order.Changes);
        board.End(write.Stream, write.Id, new(Packed.Of<bool>([true, false]), MayPass: true));
        var end = await writing;
        end.AreDone.ShouldBe([true, false]);
        end.MayPass.ShouldBeTrue();
    }

    [Fact]
    public async Task A_host_that_is_ahead_is_told_to_wait_and_loses_nothing()
    {
        var (carried, order, first) = await OpenAsync();
        _ = await board.BringAsync(order.Stream, Reply("one"));
        (await first).Dispose();
        _ = await board.BringAsync(order.Stream, Reply("two"));
        var third = board.BringAsync(order.Stream, Reply("three"));
        third.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(4));
        (await third).Signal.ShouldBe(MoveSignal.Wait);
        (await carried.NextAsync(Terms, Cancellation)).Events.Last["text"].AsString.ShouldBe("two");
        (await board.BringAsync(order.Stream, null)).Signal.ShouldBe(MoveSignal.Go);
        (await carried.NextAsync(Terms, Cancellation)).Events.Last["text"].AsString.ShouldBe("three");
    }

    [Fact]
    [Requirement("S17")]
    public async Task A_host_that_is_silent_has_its_stream_and_its_orders_given_up()
    {
        var (carried, order, first) = await OpenAsync();
        _ = await board.BringAsync(order.Stream, Reply("one"));
        (await first).Dispose();
        var writing = carried.WriteAsync(Order, Cancellation);
        var reading = carried.NextAsync(Terms, Cancellation);
        time.Advance(RangeBoard.SilenceMax + TimeSpan.FromSeconds(1));
        board.LookForSilent();
        _ = await Should.ThrowAsync<ClusterException>(writing);
        (await Should.ThrowAsync<ClusterException>(reading)).Kind.ShouldBe(FaultKind.NeedsNewCursor);
        _ = await Should.ThrowAsync<ClusterException>(carried.WriteAsync(Order, Cancellation));
        await carried.DisposeAsync();
        board.HasRoom(3).ShouldBeFalse();
        (await board.BringAsync(order.Stream, Reply("late"))).Signal.ShouldBe(MoveSignal.Stop);
    }

    [Fact]
    public async Task An_order_that_was_lost_on_its_way_is_given_up_though_its_host_is_there()
    {
        var (carried, order, first) = await OpenAsync();
        _ = await board.BringAsync(order.Stream, Reply("one"));
        (await first).Dispose();
        var writing = carried.WriteAsync(Order, Cancellation);
        _ = await board.FetchAsync(One, [order.Stream]);
        for (var second = 0; second < 11; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            _ = board.FetchAsync(One, [order.Stream]);
            board.LookForSilent();
        }

        _ = await Should.ThrowAsync<ClusterException>(writing);
    }

    [Fact]
    public async Task A_host_that_cannot_carry_a_stream_rests_and_its_fault_does_not_end_the_migration()
    {
        var (carried, order, first) = await OpenAsync();
        var fault = new ClusterException(Side.Source, Stage.Connect, FaultKind.BadRequest, "not allowed from here");
        _ = await board.BringAsync(order.Stream, StreamReply.Of(fault));
        (await Should.ThrowAsync<ClusterException>(first)).Kind.ShouldBe(FaultKind.NeedsNewCursor);
        await carried.DisposeAsync();
        board.HasRoom(3).ShouldBeFalse();
        for (var second = 0; second < 31; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            _ = board.FetchAsync(One, []);
        }

        board.HasRoom(3).ShouldBeTrue();
    }

    private async Task<(IChangeHost Carried, ChangeOrder Order, Task<ChangeBatch> First)> OpenAsync()
    {
        var fetching = board.FetchAsync(One, []);
        var carried = board.TryTake(3)!;
        var first = carried.OpenAsync(Request, RawDocument.Empty, Terms, Cancellation);
        return (carried, (await fetching).ShouldHaveSingleItem(), first);
    }

    private static StreamReply Reply(string text) =>
        StreamReply.From(
            new(
                DocumentBatch.Of([new DocumentBuilder { { "text", text } }.Build()]),
                new DocumentBuilder { { "_data", "82" } }.Build()
            )
        );
}
