using Godwit.Bson;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Pacing;

/// <summary>Reading of the source keeps to what people allow, and gives way to the source's other users.</summary>
[Requirement("H14")]
[Requirement("S35")]
public sealed class ReadPacerTests
{
    private const int BatchDocuments = 10;
    private static readonly ReadLimits None = new(0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);
    private readonly FakeTimeProvider time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_limits_nothing_is_waited_for()
    {
        var pacer = new ReadPacer(time);

        (await CountAsync(pacer, batches: 50)).ShouldBe(50 * BatchDocuments);
    }

    [Fact]
    public async Task Documents_come_no_faster_than_allowed()
    {
        var pacer = new ReadPacer(time);
        pacer.Limit(None with { DocumentsPerSecond = 100 });

        var elapsed = await MeasureAsync(() => CountAsync(pacer, batches: 50));

        elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5) - Burst);
    }

    [Fact]
    public async Task Several_readers_share_the_bytes_that_are_allowed()
    {
        var pacer = new ReadPacer(time);
        pacer.Limit(None with { BytesPerSecond = 10 * Batch().Bytes.Length });

        var elapsed = await MeasureAsync(() =>
            Task.WhenAll(CountAsync(pacer, batches: 20), CountAsync(pacer, batches: 20))
        );

        elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(4) - Burst);
    }

    [Fact]
    public async Task Who_waits_for_a_limit_goes_on_when_it_is_lifted()
    {
        var pacer = new ReadPacer(time);
        pacer.Limit(None with { DocumentsPerSecond = 1 });
        var reading = CountAsync(pacer, batches: 2);
        reading.IsCompleted.ShouldBeFalse();

        pacer.Limit(None);

        (await reading.WaitAsync(TimeSpan.FromSeconds(20), Token)).ShouldBe(2 * BatchDocuments);
    }

    [Fact]
    public async Task A_cutover_waits_for_no_limit()
    {
        var pacer = new ReadPacer(time);
        pacer.Limit(None with { DocumentsPerSecond = 1 });
        pacer.Lift(true);

        (await CountAsync(pacer, batches: 5)).ShouldBe(5 * BatchDocuments);
    }

    [Fact]
    public void A_slow_source_is_read_less_and_less_and_one_that_recovers_more_and_more()
    {
        var pacer = new ReadPacer(time);
        pacer.Limit(None with { Latency = TimeSpan.FromMilliseconds(50) });

        pacer.NoteLatency(TimeSpan.FromMilliseconds(80));
        pacer.NoteLatency(TimeSpan.FromMilliseconds(80));
        pacer.Share.ShouldBe(0.25);

        for (var i = 0; i < 20; i++)
        {
            pacer.NoteLatency(TimeSpan.FromMilliseconds(90));
        }

        pacer.Share.ShouldBe(1.0 / 64);
        for (var i = 0; i < 16; i++)
        {
            pacer.NoteLatency(TimeSpan.FromMilliseconds(1));
        }

        pacer.Share.ShouldBe(1);
    }

    [Fact]
    public async Task At_a_quarter_three_times_as_long_as_a_batch_took_is_waited_after_it()
    {
        var pacer = new ReadPacer(time);
        pacer.Limit(None with { Latency = TimeSpan.FromMilliseconds(50) });
        pacer.NoteLatency(TimeSpan.FromMilliseconds(80));
        pacer.NoteLatency(TimeSpan.FromMilliseconds(80));

        var elapsed = await MeasureAsync(() => CountAsync(pacer, batches: 5, took: TimeSpan.FromSeconds(1)));

        elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(20));
    }

    /// <summary>How far the clock had to be moved on until the work was done: never less than it waited for.</summary>
    private async Task<TimeSpan> MeasureAsync(Func<Task> start)
    {
        var started = time.GetTimestamp();
        var work = start();
        await Condition.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(work.IsCompleted ? 0 : 250));
                return Task.FromResult(work.IsCompleted);
            },
            () => "the reading did not end",
            TimeSpan.FromSeconds(60),
            Token
        );
        await work;
        return time.GetElapsedTime(started);
    }

    private async Task<int> CountAsync(ReadPacer pacer, int batches, TimeSpan took = default)
    {
        var documents = 0;
        await foreach (var batch in pacer.PaceAsync(BatchesAsync(batches, took), Token))
        {
            documents += batch.Count;
        }

        return documents;
    }

    private async IAsyncEnumerable<DocumentBatch> BatchesAsync(int count, TimeSpan took)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.CompletedTask;
            time.Advance(took);
            yield return Batch();
        }
    }

    private static DocumentBatch Batch() =>
        DocumentBatch.Of([
            .. Enumerable.Range(0, BatchDocuments).Select(id => new DocumentBuilder { { "_id", id } }.Build()),
        ]);
}
