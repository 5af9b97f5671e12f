using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Godwit.Bson;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Cluster.Working;
using Godwit.Engine.Copying;
using Godwit.Engine.Recovery;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>What a host says to the leader of the range it moves, and what it does meanwhile.</summary>
public sealed class RangeWorkerTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeLead lead = new();
    private readonly FakeHands hands = new();
    private readonly CancellationTokenSource left = new();
    private readonly Task working;

    public RangeWorkerTests()
    {
        var worker = new RangeWorker(() => lead, new(Guid.NewGuid(), "host", "1"), hands, new Lease(time), time);
        working = worker.RunAsync(1, left.Token);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H08")]
    public async Task The_next_batch_is_moved_while_the_leader_has_not_answered_the_one_before()
    {
        await hands.Batches.Writer.WriteAsync(1, Cancellation);
        var first = await lead.Reports.Reader.ReadAsync(Cancellation);
        await hands.Batches.Writer.WriteAsync(2, Cancellation);
        await hands.ReachedAsync(2);
        lead.Reports.Reader.TryPeek(out _).ShouldBeFalse("one report at a time: they keep their order");
        first.Answer.SetResult(MoveSignal.Go);
        var second = await lead.Reports.Reader.ReadAsync(Cancellation);
        second.Note!.Documents.ShouldBe(2);
        hands.Batches.Writer.Complete();
        lead.Ends.Reader.TryPeek(out _).ShouldBeFalse("the end is not said before what was moved is heard");
        second.Answer.SetResult(MoveSignal.Go);
        (await lead.Ends.Reader.ReadAsync(Cancellation)).IsGood.ShouldBeTrue();
        await LeaveAsync();
    }

    [Fact]
    [Requirement("H08")]
    public async Task What_failed_is_said_after_what_was_moved_before()
    {
        await hands.Batches.Writer.WriteAsync(1, Cancellation);
        var first = await lead.Reports.Reader.ReadAsync(Cancellation);
        hands.Batches.Writer.Complete(new LeftoverException());
        first.Answer.SetResult(MoveSignal.Go);
        (await lead.Ends.Reader.ReadAsync(Cancellation)).IsLeftover.ShouldBeTrue();
        await LeaveAsync();
    }

    [Fact]
    [Requirement("S17")]
    public async Task Who_is_told_to_stop_moves_no_more_than_the_batch_under_way_and_says_no_end()
    {
        await hands.Batches.Writer.WriteAsync(1, Cancellation);
        var first = await lead.Reports.Reader.ReadAsync(Cancellation);
        first.Answer.SetResult(MoveSignal.Stop);
        await hands.Batches.Writer.WriteAsync(2, Cancellation);
        await hands.Disposed.Task.WaitAsync(Cancellation);
        await LeaveAsync();
        lead.Reports.Reader.TryPeek(out _).ShouldBeFalse();
        lead.Ends.Reader.TryPeek(out _).ShouldBeFalse();
    }

    public void Dispose() => left.Dispose();

    private async Task LeaveAsync()
    {
        await left.CancelAsync();
        await working.WaitAsync(Cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed record Report(MovedNote? Note, TaskCompletionSource<MoveSignal> Answer);

    /// <summary>Has one range to give, and answers reports when the test does.</summary>
    private sealed class FakeLead : ILeadGrain
    {
        private readonly TaskCompletionSource<RangeOrder?> never = new();
        private int given;

        internal Channel<Report> Reports { get; } = Channel.CreateUnbounded<Report>();

        internal Channel<RangeEnd> Ends { get; } = Channel.CreateUnbounded<RangeEnd>();

        public Task<BeatAnswer> BeatAsync(HostBeat beat) => throw new NotSupportedException("no beat is meant here");

        public Task<RangeOrder?> TakeAsync(Guid hostId) =>
            Interlocked.Increment(ref given) > 1
                ? never.Task
                : Task.FromResult<RangeOrder?>(new(Guid.NewGuid(), MoveOrder.Of(RangeBoardTests.Move), null));

        public async Task<MoveSignal> ReportAsync(Guid move, MovedNote? note)
        {
            var report = new Report(note, new(TaskCreationOptions.RunContinuationsAsynchronously));
            await Reports.Writer.WriteAsync(report);
            return await report.Answer.Task;
        }

        public Task<ChangeOrder[]> FetchChangesAsync(Guid hostId, Guid[] atWork) => throw NoChanges();

        public Task<StreamTerms> BringChangesAsync(Guid stream, StreamReply? reply) => throw NoChanges();

        public Task EndWriteAsync(Guid stream, Guid order, WrittenText end) => throw NoChanges();

        public async Task EndAsync(Guid order, RangeEnd end) => await Ends.Writer.WriteAsync(end);

        private static NotSupportedException NoChanges() => new("no change streams are meant here");
    }

    /// <summary>Moves what the test says: batches of so many documents.</summary>
    private sealed class FakeHands : IRangeHost
    {
        private readonly Channel<int> moved = Channel.CreateUnbounded<int>();

        internal Channel<int> Batches { get; } = Channel.CreateUnbounded<int>();

        internal TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal async Task ReachedAsync(int documents)
        {
            while (await moved.Reader.ReadAsync(Cancellation) != documents) { }
        }

        public async IAsyncEnumerable<MovedBatch> MoveAsync(
            RangeMove move,
            [EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            try
            {
                await foreach (var documents in Batches.Reader.ReadAllAsync(cancellationToken))
                {
                    await moved.Writer.WriteAsync(documents, cancellationToken);
                    yield return new(new(documents, documents), RawValue.Int32(documents));
                }
            }
            finally
            {
                Disposed.SetResult();
            }
        }

        public Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken) =>
            throw new NotSupportedException("no sum is meant here");

        public void Dispose() => Batches.Writer.TryComplete();
    }
}
