using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Own;
using Godwit.Hub.Api;

namespace Godwit.Hub.Migrations;

/// <summary>What its host does for a migration after its end.</summary>
/// <param name="Goal">Verify, UnblockSource or TellUsers.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="EndedAt">When it was done, or given up; <see langword="null"/> while it is under way.</param>
/// <param name="Failure">Why it was not done.</param>
/// <param name="Result">What was found, as JSON.</param>
/// <param name="SealedUsers">Users and roles of the source, encrypted, until the destination has them.</param>
internal sealed record FollowUp(
    MigrationGoal Goal,
    DateTimeOffset AskedAt,
    DateTimeOffset? EndedAt = null,
    ReportedFailure? Failure = null,
    string? Result = null,
    string? SealedUsers = null
);

/// <summary>
/// What people may still ask of a migration that has ended (P13): the same steps as ever, a user made, the host told, the user removed, and
/// how the migration itself has ended stays as it is.
/// </summary>
internal static class FollowUps
{
    private const string VerifyAction = "verify";
    private const string UnblockAction = "unblockSource";
    private const string UsersAction = "copyUsers";

    /// <summary>Asks for another comparison of both sides.</summary>
    /// <param name="state">The migration.</param>
    /// <param name="newPassword">For the user that reads the destination, if there is to be one.</param>
    /// <param name="now">The time.</param>
    internal static Change Verify(MigrationState state, string? newPassword, DateTimeOffset now)
    {
        RequireEnded(state);
        return state.Outcome == MigrationOutcome.Complete
            ? Begin(state, MigrationGoal.Verify, newPassword, now, "LIVE_MIGRATION_VERIFICATION_REQUESTED")
            : throw Refusal.Conflict(
                "LIVE_MIGRATION_NOT_COMPLETE",
                "Only a migration that is complete is compared again; one that has stopped has left the destination half way."
            );
    }

    /// <summary>Asks for the source's write block to be lifted.</summary>
    /// <param name="state">The migration.</param>
    /// <param name="newPassword">For the user on the project's cluster, if that is what was moved from.</param>
    /// <param name="now">The time.</param>
    internal static Change UnblockSource(MigrationState state, string? newPassword, DateTimeOffset now)
    {
        RequireEnded(state);
        return state.Plan.BlocksSource
            ? Begin(state, MigrationGoal.UnblockSource, newPassword, now, "LIVE_MIGRATION_SOURCE_UNBLOCK_REQUESTED")
            : throw Refusal.Conflict(
                "LIVE_MIGRATION_BLOCKS_NOTHING",
                "This migration was not asked to block the source: a block that is there is somebody else's."
            );
    }

    /// <summary>Asks for the source's users and roles to be given to the destination.</summary>
    internal static Change CopyUsers(MigrationState state, DateTimeOffset now)
    {
        RequireEnded(state);
        if (state.Outcome != MigrationOutcome.Complete || state.Plan.IsBackwards || !state.Plan.HasUsers)
        {
            throw Refusal.Conflict(
                "LIVE_MIGRATION_GIVES_NO_USERS",
                "Users and roles are carried over after a migration that is complete, from the host's cluster to one of the project's that wants users."
            );
        }

        return Begin(state, MigrationGoal.TellUsers, null, now, "LIVE_MIGRATION_USERS_REQUESTED");
    }

    /// <summary>Begins by itself what the request has asked for with the migration.</summary>
    internal static MigrationState Continue(MigrationState ended, DateTimeOffset now) =>
        ended is { Outcome: MigrationOutcome.Complete, Plan.CopiesUsers: true } ? CopyUsers(ended, now).State : ended;

    /// <summary>The destination has them, or it was found why not.</summary>
    internal static Change UsersCopied(
        MigrationState state,
        ReportedFailure? failure,
        string? result,
        DateTimeOffset now
    ) => state.FollowUp is { SealedUsers: not null } ? End(state, failure, result, now) : new(state);

    /// <summary>The host says how far it is. Users and roles come encrypted by the Hub.</summary>
    internal static Change Observe(MigrationState state, ReportedMigration report, DateTimeOffset now) =>
        state.Goal == MigrationGoal.TellUsers
        && report is { Activity: MigrationActivity.FollowedUp, Report: { } users }
        && report.Revision == state.Revision
            ? new(
                state with
                {
                    Stage = MigrationStage.Removing,
                    FollowUp = state.FollowUp! with { SealedUsers = users },
                }
            )
        : report.Revision == state.Revision
        && report.Activity is MigrationActivity.FollowedUp or MigrationActivity.Failed
            ? End(state, report.Failure, report.Report, now)
        : new(state);

    /// <summary>A host that stays away does not keep the destination taken.</summary>
    internal static Change Tick(MigrationState state, DateTimeOffset now) =>
        state is { Stage: MigrationStage.Running, HostAwayAt: { } since } && now - since > MigrationLife.ConfirmationMax
            ? End(
                state,
                new(
                    "MIGRATION_HOST_AWAY",
                    $"The migration host {state.Plan.HostName} is away.",
                    "Ask again once its agent runs: godwit agent run"
                ),
                null,
                now
            )
            : new(state);

    /// <summary>As people see it: under way until its user is removed, too, and something else may be asked for.</summary>
    internal static FollowUpResource? Show(MigrationState state) =>
        state.FollowUp is not { } one
            ? null
            : new()
            {
                Action = one.Goal switch
                {
                    MigrationGoal.Verify => VerifyAction,
                    MigrationGoal.TellUsers => UsersAction,
                    _ => UnblockAction,
                },
                Status =
                    one.EndedAt is null || state.Stage != MigrationStage.Ended ? "RUNNING"
                    : one.Failure is null ? "DONE"
                    : "FAILED",
                Requested = one.AskedAt,
                Finished = one.EndedAt,
                Failure = one.Failure,
                Result = one.Result is { } result ? ApiJson.Read<System.Text.Json.Nodes.JsonObject>(result) : null,
            };

    private static Change Begin(
        MigrationState state,
        MigrationGoal goal,
        string? newPassword,
        DateTimeOffset now,
        string happened
    ) =>
        new(
            state with
            {
                Stage = newPassword is null ? MigrationStage.Running : MigrationStage.Granting,
                SealedPassword = newPassword,
                Goal = goal,
                // One more than the order to forget it, which the host may still be carrying out.
                Revision = state.Revision + 2,
                HostAwayAt = null,
                FollowUp = new(goal, now),
            },
            happened
        );

    private static Change End(MigrationState state, ReportedFailure? failure, string? result, DateTimeOffset now) =>
        new(
            state with
            {
                Stage = state.SealedPassword is null ? MigrationStage.Ended : MigrationStage.Removing,
                FollowUp = state.FollowUp! with
                {
                    EndedAt = now,
                    Failure = failure,
                    Result = result,
                    SealedUsers = null,
                },
            },
            failure is not null ? "LIVE_MIGRATION_FOLLOW_UP_FAILED"
                : state.Goal == MigrationGoal.Verify ? "LIVE_MIGRATION_VERIFIED"
                : state.Goal == MigrationGoal.TellUsers ? "LIVE_MIGRATION_USERS_COPIED"
                : "LIVE_MIGRATION_SOURCE_UNBLOCKED"
        );

    private static void RequireEnded(MigrationState state)
    {
        if (state.Stage != MigrationStage.Ended)
        {
            throw Refusal.Conflict(
                "LIVE_MIGRATION_NOT_ENDED",
                state.IsFollowedUp
                    ? "What was asked for before is still under way."
                    : "The migration has not ended: until then both sides are compared all the time, and a block is lifted by abortCutover."
            );
        }
    }
}
