using Godwit.Agent.Sharing;
using Godwit.Cluster.Leading;
using Godwit.Engine;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>What the host that leads tells the Hub of itself and of those that help.</summary>
public sealed class WorkersTextTests
{
    private readonly FakeTimeProvider time = new();
    private readonly WorkersText text;
    private long helped;

    public WorkersTextTests() =>
        text = new("one", () => [new HostShare("two", 2, helped, helped * 100, 0, 1, false, null)], time);

    [Fact]
    [Requirement("H08")]
    public void The_leader_has_copied_what_the_others_have_not()
    {
        Tell(copied: 100);
        helped = 30;
        time.Advance(TimeSpan.FromSeconds(2));
        Tell(copied: 100).ShouldBe([("one", 70, 7000), ("two", 30, 3000)]);
    }

    [Fact]
    [Requirement("F04")]
    [Requirement("H08")]
    public void What_the_others_say_late_is_never_counted_as_the_leaders_and_given_back()
    {
        var told = new List<long>();
        for (var second = 1; second <= 10; second++)
        {
            // Of each hundred the other copies ninety, and says so a second later.
            helped = 90 * (second - 1);
            told.Add(Tell(copied: 100 * second)[0].Documents);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        told.ShouldBeInOrder();
        told.ShouldAllBe(documents => documents <= 100);
        helped = 900;
        time.Advance(TimeSpan.FromSeconds(2));
        Tell(copied: 1000)[0].Documents.ShouldBe(100);
    }

    [Fact]
    [Requirement("H08")]
    [Requirement("S10")]
    public void Each_host_has_the_streams_it_reads_and_the_changes_it_has_written_itself()
    {
        var progress = new MigrationProgress
        {
            EventsApplied = 100,
            ChangesWritten = 40,
            ChangeBytesWritten = 4000,
            OwnStreams = 2,
        };
        new WorkersText("one", () => [new HostShare("two", 0, 0, 0, 0, 1, false, null, 3, 60, 6000)], time)
            .Describe(progress)
            .Select(one => (one.Name, one.Streams, one.ChangesWritten, one.ChangeBytesWritten))
            .ShouldBe([("one", 2, 40, 4000), ("two", 3, 60, 6000)]);
    }

    private List<(string Name, long Documents, long Bytes)> Tell(long copied) =>
        [
            .. text.Describe(new MigrationProgress { DocumentsCopied = copied, BytesCopied = copied * 100 })
                .Select(one => (one.Name, one.DocumentsCopied, one.BytesCopied)),
        ];
}
