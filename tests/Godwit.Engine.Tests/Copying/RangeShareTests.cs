using Godwit.Engine.Copying;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Copying;

/// <summary>How ranges are shared out among this process and other hosts.</summary>
public sealed class RangeShareTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H08")]
    public async Task Each_range_is_done_once_and_nobody_is_waited_for_who_has_no_room()
    {
        var (fast, never) = (new Hosts("fast", 2), new Hosts("never", 0));
        var done = new List<(string, int)>();
        await RangeShare.RunAsync(
            Enumerable.Range(0, 50).ToList(),
            [fast, fast, never],
            (host, range, _) =>
            {
                lock (done)
                {
                    done.Add((((Room)host).Name, range));
                }

                return Task.CompletedTask;
            },
            Cancellation
        );
        done.Select(one => one.Item2).Order().ShouldBe(Enumerable.Range(0, 50));
        done.ShouldAllBe(one => one.Item1 == "fast");
    }

    [Fact]
    [Requirement("H08")]
    public async Task A_host_with_room_takes_what_a_slow_one_does_not_come_to()
    {
        var (slow, other) = (new Hosts("slow", 1), new Hosts("other", 1));
        var (begun, rest) = (new TaskCompletionSource(), new TaskCompletionSource());
        var done = new List<string>();
        await RangeShare.RunAsync(
            Enumerable.Range(0, 10).ToList(),
            [slow, other],
            async (host, _, _) =>
            {
                var name = ((Room)host).Name;
                if (name == "slow")
                {
                    begun.SetResult();
                    await rest.Task;
                }

                await begun.Task;
                lock (done)
                {
                    done.Add(name);
                    if (done.Count == 9)
                    {
                        rest.SetResult();
                    }
                }
            },
            Cancellation
        );
        done.Count(name => name == "other").ShouldBe(9);
    }

    [Fact]
    [Requirement("H08")]
    public async Task The_first_failure_ends_it_though_others_wait_for_room()
    {
        var sharing = RangeShare.RunAsync(
            Enumerable.Range(0, 10).ToList(),
            [new Hosts("one", 1), new Hosts("never", 0)],
            (_, _, _) => throw new InvalidOperationException("broken"),
            Cancellation
        );
        (await Should.ThrowAsync<InvalidOperationException>(sharing)).Message.ShouldBe("broken");
    }

    private sealed class Hosts(string name, int rooms) : IRangeHosts
    {
        private readonly SemaphoreSlim free = new(rooms);

        public async Task<IRangeHost> RentAsync(CancellationToken cancellationToken)
        {
            await free.WaitAsync(cancellationToken);
            return new Room(name, free);
        }
    }

    private sealed class Room(string name, SemaphoreSlim free) : IRangeHost
    {
        public string Name => name;

        public IAsyncEnumerable<MovedBatch> MoveAsync(RangeMove move, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public void Dispose() => free.Release();
    }
}
