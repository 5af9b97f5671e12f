using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>What each host of a migration has done, as the one that leads counts it.</summary>
public sealed class HostLedgerTests
{
    private static readonly Guid First = Guid.NewGuid();
    private readonly FakeTimeProvider time = new();
    private readonly HostLedger ledger;

    public HostLedgerTests() => ledger = new(time);

    [Fact]
    [Requirement("H08")]
    public void Only_what_a_host_has_done_since_it_was_first_heard_of_counts()
    {
        ledger.Hear(Beat("two", First, moved: 100, compared: 10));
        ledger.Hear(Beat("two", First, moved: 150, compared: 10));
        ledger.Hear(Beat("two", First, moved: 180, compared: 40, orders: 2));
        ledger.Shares.ShouldBe([new("two", 2, 80, 8000, 30, 1, false, null)]);
    }

    [Fact]
    [Requirement("H08")]
    public void A_host_that_was_started_anew_goes_on_where_it_was_and_its_start_is_counted()
    {
        ledger.Hear(Beat("two", First, moved: 0));
        ledger.Hear(Beat("two", First, moved: 50));
        var again = Guid.NewGuid();
        ledger.Hear(Beat("two", again, moved: 0));
        ledger.Hear(Beat("two", again, moved: 7));
        ledger.Shares.ShouldBe([new("two", 0, 57, 5700, 0, 2, false, null)]);
    }

    [Fact]
    [Requirement("H08")]
    public void A_host_that_begins_to_work_anew_counts_anew_and_nothing_is_taken_away()
    {
        ledger.Hear(Beat("two", First, moved: 0));
        ledger.Hear(Beat("two", First, moved: 50));
        ledger.Hear(Beat("two", First, moved: 5));
        ledger.Shares[0].Moved.ShouldBe(55);
    }

    [Fact]
    [Requirement("H08")]
    [Requirement("S10")]
    public void Streams_are_those_it_carries_now_and_changes_count_over_its_starts()
    {
        ledger.Hear(Changing(First, streams: 1, written: 10));
        ledger.Hear(Changing(First, streams: 2, written: 30));
        ledger.Shares.ShouldBe([new("two", 0, 0, 0, 0, 1, false, null, 2, 20, 2000)]);
        var again = Guid.NewGuid();
        ledger.Hear(Changing(again, streams: 0, written: 0));
        ledger.Hear(Changing(again, streams: 1, written: 5));
        ledger.Shares.ShouldBe([new("two", 0, 0, 0, 0, 2, false, null, 1, 25, 2500)]);
        time.Advance(RangeBoard.SilenceMax + TimeSpan.FromSeconds(1));
        ledger.Shares[0].Streams.ShouldBe(0, "it is not heard of any more");
    }

    [Fact]
    [Requirement("H08")]
    public void A_host_that_is_not_heard_of_works_on_nothing_and_what_failed_there_is_said()
    {
        ledger.Hear(Beat("two", First, moved: 1, orders: 3, fault: "connection refused"));
        ledger.Hear(Beat("one", Guid.NewGuid(), moved: 1));
        time.Advance(RangeBoard.SilenceMax);
        ledger.Hear(Beat("one", Guid.NewGuid(), moved: 1));
        time.Advance(TimeSpan.FromSeconds(1));
        ledger
            .Shares.Select(one => (one.Name, one.Ranges, one.IsSilent, one.Fault))
            .ShouldBe([("one", 0, false, null), ("two", 0, true, "connection refused")]);
    }

    private static HostBeat Changing(Guid id, int streams, long written) =>
        Beat("two", id, moved: 0) with
        {
            Streams = streams,
            Written = written,
            WrittenBytes = written * 100,
        };

    private static HostBeat Beat(
        string name,
        Guid id,
        long moved,
        long compared = 0,
        int orders = 0,
        string? fault = null
    ) => new(id, name, "1", "same", default, new Guid[orders], moved, compared, fault, moved * 100);
}
