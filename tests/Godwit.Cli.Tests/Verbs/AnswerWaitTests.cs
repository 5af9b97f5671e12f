using Godwit.Cli.Verbs;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Verbs;

/// <summary>Nobody wonders whether preflight hangs while an election is waited out.</summary>
[Requirement("C01")]
public sealed class AnswerWaitTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_cluster_that_does_not_answer_for_a_while_is_named()
    {
        var (time, words) = (new FakeTimeProvider(), new StringWriter());
        var answers = new TaskCompletionSource<int>();
        var waiting = new AnswerWait(Patience, time, words).ForAsync(answers.Task, "source");

        words.ToString().ShouldBeEmpty();
        time.Advance(Patience);
        await Condition.UntilAsync(
            () => Task.FromResult(words.ToString().Contains("waits for the source", StringComparison.Ordinal)),
            () => "nothing was said",
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken
        );
        answers.SetResult(7);
        (await waiting).ShouldBe(7);
    }

    [Fact]
    public async Task Of_one_that_answers_nothing_is_said()
    {
        var words = new StringWriter();

        (await new AnswerWait(Patience, new FakeTimeProvider(), words).ForAsync(Task.FromResult(7), "source")).ShouldBe(
            7
        );

        words.ToString().ShouldBeEmpty();
    }
}
