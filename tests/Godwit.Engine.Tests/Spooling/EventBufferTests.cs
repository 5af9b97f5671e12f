using Godwit.Engine.Spooling;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Spooling;

/// <summary>Replies reach the router in order, through memory while there is room and over the disk beyond it.</summary>
[Requirement("S33")]
public sealed class EventBufferTests : IDisposable
{
    private const long RoomForTwo = 600;
    private readonly SpoolScene scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => scene.Dispose();

    [Fact]
    public async Task Without_a_spool_the_stream_waits_until_memory_is_given_back()
    {
        var buffer = new EventBuffer(new(RoomForTwo), spool: null);
        await AddAsync(buffer, 1);
        await AddAsync(buffer, 2);
        var third = AddAsync(buffer, 3);
        third.IsCompleted.ShouldBeFalse();

        Done(await buffer.TakeAsync(Token)).ShouldBe(1);
        await third.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Done(await buffer.TakeAsync(Token)).ShouldBe(2);
        Done(await buffer.TakeAsync(Token)).ShouldBe(3);
    }

    [Fact]
    public async Task With_a_spool_it_reads_on_and_order_stays()
    {
        using var spool = new StreamSpool(scene.Open(), epoch: 1);
        var buffer = new EventBuffer(new(RoomForTwo), spool);
        for (uint time = 1; time <= 50; time++)
        {
            await AddAsync(buffer, time);
        }

        spool.HasUnread.ShouldBeTrue();
        for (var time = 1; time <= 50; time++)
        {
            Done(await buffer.TakeAsync(Token)).ShouldBe(time);
        }

        spool.HasUnread.ShouldBeFalse();
        await AddAsync(buffer, 51);
        spool.HasUnread.ShouldBeFalse("memory has room again");
    }

    /// <summary>
    /// Whoever reads may be held up between its looks into memory and on the disk, while both fill: three replies come as soon as nothing waits
    /// any more, of which one has room in memory. More of them than there are processors, so that it happens.
    /// </summary>
    [Fact]
    public Task While_replies_come_and_are_taken_at_the_same_time_order_stays() =>
        Parallel
            .ForAsync(
                0,
                16,
                new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
                async (_, cancellation) =>
                {
                    using var own = new SpoolScene();
                    using var spool = new StreamSpool(own.Open(), epoch: 1);
                    using var isEmpty = new SemaphoreSlim(1);
                    var buffer = new EventBuffer(new(RoomForTwo / 2), spool);
                    var adding = Task.Run(
                        async () =>
                        {
                            for (uint time = 1; time <= 1500; time++)
                            {
                                await (time % 3 == 1 ? isEmpty.WaitAsync(cancellation) : Task.CompletedTask);
                                await AddAsync(buffer, time);
                            }
                        },
                        cancellation
                    );
                    for (var time = 1; time <= 1500; time++)
                    {
                        Done(await buffer.TakeAsync(cancellation)).ShouldBe(time);
                        _ = time % 3 == 0 ? isEmpty.Release() : 0;
                    }

                    await adding;
                }
            )
            .WaitAsync(TimeSpan.FromSeconds(60), Token);

    [Fact]
    public async Task With_memory_and_disk_full_the_stream_waits_until_a_checkpoint_frees_the_disk()
    {
        using var spool = new StreamSpool(scene.Open(bytesMax: 300), epoch: 1);
        var buffer = new EventBuffer(new(RoomForTwo), spool);
        await AddAsync(buffer, 1);
        await AddAsync(buffer, 2);
        await AddAsync(buffer, 3);
        var fourth = AddAsync(buffer, 4);
        fourth.IsCompleted.ShouldBeFalse();

        Done(await buffer.TakeAsync(Token)).ShouldBe(1);
        Done(await buffer.TakeAsync(Token)).ShouldBe(2);
        Done(await buffer.TakeAsync(Token)).ShouldBe(3);
        await fourth.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Done(await buffer.TakeAsync(Token)).ShouldBe(4);
    }

    private static Task AddAsync(EventBuffer buffer, uint time) =>
        buffer.AddAsync(SpoolScene.Token(time - 1), SpoolScene.Batch(time), Token);

    private static int Done(BufferedBatch taken)
    {
        using var batch = taken.Batch;
        using var share = taken.Share;
        return SpoolScene.TimeOf(batch);
    }
}
