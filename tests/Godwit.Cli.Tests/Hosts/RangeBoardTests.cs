using Godwit.Bson;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>How ranges come to hosts that have room, and back when a host is gone.</summary>
public sealed class RangeBoardTests
{
    private static readonly Guid Host = Guid.NewGuid();
    private readonly FakeTimeProvider time = new();
    private readonly RangeBoard board;

    public RangeBoardTests() => board = new(time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static RangeMove Move =>
        new(
            new(new(new("shop", "orders"), Guid.NewGuid()), new(7, 1), default, default),
            new(new("shop", "orders"), Guid.NewGuid()),
            false,
            false,
            new(new(Guid.NewGuid(), 1))
        );

    [Fact]
    [Requirement("H08")]
    public async Task A_range_comes_to_the_host_that_asks_and_what_it_has_moved_comes_back()
    {
        var taking = board.TakeAsync(Host);
        using var room = await board.RentAsync(Cancellation);
        await using var moved = room.MoveAsync(Move, Cancellation).GetAsyncEnumerator(Cancellation);
        var next = moved.MoveNextAsync();
        var order = (await taking)!;
        order.Move!.Read.Name.ShouldBe("shop.orders");
        (await board.ReportAsync(order.Id, new(3, 300, (byte)BsonType.Int32, [5, 0, 0, 0]))).ShouldBe(MoveSignal.Go);
        (await next).ShouldBeTrue();
        moved.Current.Size.ShouldBe(new(3, 300));
        board.End(order.Id, RangeEnd.Done);
        (await moved.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    [Requirement("H08")]
    public async Task Nothing_is_rented_to_more_than_have_room()
    {
        _ = board.TakeAsync(Host);
        var room = await board.RentAsync(Cancellation);
        var second = board.RentAsync(Cancellation);
        second.IsCompleted.ShouldBeFalse();
        room.Dispose();
        using var next = await second;
    }

    [Fact]
    [Requirement("H08")]
    public async Task A_range_comes_to_one_host_only_and_the_next_waits_for_room_that_is_left()
    {
        var first = board.TakeAsync(Host);
        using var room = await board.RentAsync(Cancellation);
        var second = board.RentAsync(Cancellation);
        var moving = Enumerate(room);
        _ = await first;
        second.IsCompleted.ShouldBeFalse();
        var third = board.TakeAsync(Host);
        using var next = await second;
        _ = Enumerate(next);
        (await third).ShouldNotBeNull();
        moving.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    [Requirement("H08")]
    public async Task Who_does_not_wait_for_room_any_more_leaves_it_to_the_next()
    {
        using var gone = new CancellationTokenSource();
        var first = board.RentAsync(gone.Token);
        var second = board.RentAsync(Cancellation);
        await gone.CancelAsync();
        _ = await Should.ThrowAsync<OperationCanceledException>(first);
        _ = board.TakeAsync(Host);
        using var room = await second;
    }

    [Fact]
    [Requirement("H08")]
    [Requirement("S21")]
    public async Task A_range_is_summed_up_by_the_host_that_asks()
    {
        var taking = board.TakeAsync(Host);
        using var room = await board.RentAsync(Cancellation);
        var summing = room.SumAsync(new(Move.Read, Move.Read with { At = new(9, 9) }), Cancellation);
        var order = (await taking)!;
        order.Move.ShouldBeNull();
        order.Sum!.ToPair().Destination.At.ShouldBe(new(9, 9));
        var (here, there) = (DocumentSums.Of(1, UInt128.MaxValue, 3, 4), DocumentSums.Of(5, 6, 7, 8));
        board.End(order.Id, RangeEnd.Summed(new(here, there)));
        var sums = await summing;
        sums.Source.IsEqualTo(here).ShouldBeTrue();
        sums.Destination.IsEqualTo(there).ShouldBeTrue();
    }

    [Fact]
    [Requirement("H08")]
    [Requirement("S21")]
    public async Task A_range_that_a_host_could_not_sum_up_fails_as_it_failed_there()
    {
        var taking = board.TakeAsync(Host);
        using var room = await board.RentAsync(Cancellation);
        var summing = room.SumAsync(new(Move.Read, Move.Read), Cancellation);
        var failed = new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "too old");
        board.End((await taking)!.Id, RangeEnd.Of(failed));
        (await Should.ThrowAsync<ClusterException>(summing)).Kind.ShouldBe(FaultKind.NeedsNewCursor);
    }

    [Fact]
    [Requirement("H08")]
    public async Task A_host_that_asked_for_long_is_told_to_ask_again()
    {
        var taking = board.TakeAsync(Host);
        time.Advance(RangeBoard.TakeMax);
        (await taking).ShouldBeNull();
    }

    [Fact]
    [Requirement("H08")]
    [Requirement("S17")]
    public async Task The_range_of_a_host_that_is_silent_is_given_up_and_the_host_is_told_to_stop_when_it_is_back()
    {
        var taking = board.TakeAsync(Host);
        using var room = await board.RentAsync(Cancellation);
        var enumerating = Enumerate(room);
        var order = (await taking)!;
        time.Advance(RangeBoard.SilenceMax / 2);
        board.LookForSilent();
        enumerating.IsCompleted.ShouldBeFalse();
        time.Advance(RangeBoard.SilenceMax);
        board.LookForSilent();
        (await Should.ThrowAsync<ClusterException>(enumerating)).Kind.ShouldBe(FaultKind.Transient);
        (await board.ReportAsync(order.Id, null)).ShouldBe(MoveSignal.Stop);
    }

    /// <summary>The answer with the order was lost, or the host's last word.</summary>
    [Fact]
    [Requirement("H08")]
    public async Task The_range_that_a_host_does_not_know_of_is_given_up()
    {
        var taking = board.TakeAsync(Host);
        using var room = await board.RentAsync(Cancellation);
        var enumerating = Enumerate(room);
        var order = (await taking)!;
        for (var beat = 0; beat < 30; beat++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            board.Hear(Host, [order.Id]);
            board.LookForSilent();
        }

        enumerating.IsCompleted.ShouldBeFalse();
        for (var beat = 0; beat < 30; beat++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            board.Hear(Host, []);
            board.LookForSilent();
        }

        (await Should.ThrowAsync<ClusterException>(enumerating)).Kind.ShouldBe(FaultKind.Transient);
    }

    [Fact]
    [Requirement("H08")]
    [Requirement("S35")]
    public async Task A_host_waits_while_what_it_has_moved_is_not_asked_for()
    {
        var taking = board.TakeAsync(Host);
        using var room = await board.RentAsync(Cancellation);
        await using var moved = room.MoveAsync(Move, Cancellation).GetAsyncEnumerator(Cancellation);
        var next = moved.MoveNextAsync();
        var order = (await taking)!;
        for (var note = 0; note < 3; note++)
        {
            (await board.ReportAsync(order.Id, Note)).ShouldBe(MoveSignal.Go);
            await next;
            next = ValueTask.FromResult(true);
        }

        var waits = board.ReportAsync(order.Id, Note);
        waits.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(5));
        (await waits).ShouldBe(MoveSignal.Wait);
        (await moved.MoveNextAsync()).ShouldBeTrue();
        (await board.ReportAsync(order.Id, null)).ShouldBe(MoveSignal.Go);
    }

    private static MovedNote Note => new(1, 100, (byte)BsonType.Int32, [1, 0, 0, 0]);

    private static async Task Enumerate(IRangeHost room)
    {
        await foreach (var _ in room.MoveAsync(Move, Cancellation))
        {
            // What came before is of no interest.
        }
    }
}
