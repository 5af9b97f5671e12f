using Godwit.Agent.Identity;
using Godwit.Agent.Migrations;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>How a migration host keeps a migration where its order says.</summary>
public sealed class MigrationRunnerTests
{
    private static readonly ReportedFailure NotYet = new("SOURCE_APPROVAL_NEEDED", "Nobody has agreed yet.", "");

    [Fact]
    [Requirement("D06")]
    public async Task What_nobody_has_foreseen_is_told_and_tried_again()
    {
        var root = Directory.CreateTempSubdirectory("godwit-runner-").FullName;
        try
        {
            var time = new FakeTimeProvider();
            var isDamaged = true;
            using var runner = new MigrationRunner(
                new(new AgentFolder(root)),
                null!,
                null!,
                new(
                    () => isDamaged ? throw new InvalidDataException("the list of approvals is damaged") : NotYet,
                    () => null,
                    asked => asked
                ),
                null,
                time,
                NullLoggerFactory.Instance,
                () => { }
            );
            runner.Give("hub", Order(1, MigrationGoal.Follow));
            var running = runner.RunAsync(TestHub.Cancellation);
            runner.Report.Activity.ShouldBe(MigrationActivity.Retrying);
            runner.Report.Failure!.Message.ShouldContain("the list of approvals is damaged");

            isDamaged = false;
            await Condition.UntilAsync(
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    return Task.FromResult(runner.Report.Activity == MigrationActivity.Waiting);
                },
                () => $"it was not tried again: {runner.Report}",
                TimeSpan.FromMinutes(1),
                TestHub.Cancellation
            );
            runner.Give("hub", Order(2, MigrationGoal.Forget));
            await running;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    [Requirement("D07")]
    public async Task That_it_was_paused_before_is_no_answer_to_a_newer_order()
    {
        var root = Directory.CreateTempSubdirectory("godwit-runner-").FullName;
        try
        {
            using var runner = new MigrationRunner(
                new(new AgentFolder(root)),
                null!,
                null!,
                new(() => NotYet, () => null, asked => asked),
                null,
                new FakeTimeProvider(),
                NullLoggerFactory.Instance,
                () => { }
            );
            runner.Give("hub", Order(1, MigrationGoal.Pause));
            var running = runner.RunAsync(TestHub.Cancellation);
            runner.Report.Activity.ShouldBe(MigrationActivity.Paused);
            runner.Give("hub", Order(2, MigrationGoal.Cancel));
            (runner.Report.Revision, runner.Report.Goal).ShouldBe((2, MigrationGoal.Cancel));
            runner.Report.Activity.ShouldNotBe(MigrationActivity.Paused);
            runner.Give("hub", Order(3, MigrationGoal.Forget));
            await running;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static MigrationOrder Order(long revision, MigrationGoal goal) =>
        new(
            "0123456789abcdef01234567",
            revision,
            goal,
            new("shop", "0123456789abcdef01234567", null, null, false, null),
            "",
            null,
            null,
            null,
            false,
            false
        );
}
