using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Changes;

/// <summary>What is asked for at a barrier is done there, or never: not after whoever asked has gone.</summary>
public sealed class AlignedBarrierTests
{
    private static readonly ClusterTime Time = new(2000, 1);
    private readonly CancellationTokenSource asker = new();
    private readonly AlignedBarrier barrier = new(
        new FakeCluster("source", FakeFaults.None),
        new RetryPolicy(TimeProvider.System, new Random(1), TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero)
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S21")]
    public async Task Cancelled_before_it_began_it_is_never_run()
    {
        var isRun = false;
        var asked = barrier.RunAsync(
            Time,
            (_, _) =>
            {
                isRun = true;
                return Task.CompletedTask;
            },
            asker.Token
        );
        await PassAsync(Time.Previous());
        await asker.CancelAsync();
        _ = await Should.ThrowAsync<OperationCanceledException>(asked);

        await PassAsync(Time);

        isRun.ShouldBeFalse();
    }

    [Fact]
    [Requirement("S21")]
    public async Task Cancelled_after_it_began_its_end_is_waited_for()
    {
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var asked = barrier.RunAsync(
            Time,
            async (_, _) =>
            {
                begun.SetResult();
                await goOn.Task;
            },
            asker.Token
        );
        var passing = PassAsync(Time);
        await begun.Task.WaitAsync(Token);
        await asker.CancelAsync();
        var next = barrier.RunAsync(Time, (_, _) => Task.CompletedTask, Token);
        await PassAsync(Time);

        asked.IsCompleted.ShouldBeFalse();
        next.IsCompleted.ShouldBeFalse("one at a time");
        goOn.SetResult();
        _ = await Should.ThrowAsync<OperationCanceledException>(asked);
        await passing;
    }

    private Task PassAsync(ClusterTime time) => barrier.PassAsync(time, () => Task.CompletedTask, Token);
}
