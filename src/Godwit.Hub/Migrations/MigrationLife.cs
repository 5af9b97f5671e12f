using Godwit.Contracts.Agents;

namespace Godwit.Hub.Migrations;

/// <summary>
/// What a migration becomes by what people ask, hosts report and clocks say. Pure: state and time in, state and what happened out; a state
/// that comes back the same means that nothing is to be kept.
/// </summary>
internal static class MigrationLife
{
    /// <summary>How long the Hub waits for a host to confirm an end before it cleans up without it (P8).</summary>
    internal static readonly TimeSpan ConfirmationMax = TimeSpan.FromMinutes(10);

    /// <summary>The least that is left of the window after an aborted cutover (P4).</summary>
    internal static readonly TimeSpan RemainingMin = TimeSpan.FromHours(1);

    private const int FirstReminderHours = 24;
    private const int LastReminderHours = 6;
    private const string ExpiresSoon = "LIVE_MIGRATION_EXPIRES_SOON";
    private const string CancelAsked = "LIVE_MIGRATION_CANCEL_REQUESTED";

    /// <summary>After which a cutover is worth a mail (E04).</summary>
    private static readonly TimeSpan SlowCutover = TimeSpan.FromHours(12);

    private static readonly ReportedFailure LinkDeleted = new(
        "LINK_REVOKED",
        "The link to the source was deleted while the migration ran.",
        "What was copied is on the destination, and so is the progress. Link a host again and create the migration anew: it goes on from there."
    );

    /// <summary>Its user is there, with this password: the host may begin.</summary>
    internal static Change Granted(MigrationState state, string? sealedPassword) =>
        state.Stage == MigrationStage.Granting && state.SealedPassword == sealedPassword
            ? new(state with { Stage = MigrationStage.Running })
            : new(state);

    /// <summary>Its user is gone: nothing is left to do, but what was asked for from the beginning.</summary>
    internal static Change Removed(MigrationState state, DateTimeOffset now)
    {
        if (state.Stage != MigrationStage.Removing)
        {
            return new(state);
        }

        var ended = state with { Stage = MigrationStage.Ended, SealedPassword = null };
        return state.FollowUp is null
            ? new(FollowUps.Continue(ended with { EndedAt = now }, now), EndName(state))
            : new(ended);
    }

    /// <summary>The host says where it stands, and so is there.</summary>
    internal static Change Called(MigrationState state, ReportedMigration report, TimeSpan window, DateTimeOffset now)
    {
        var back = Watch(state, isAway: false, now);
        var observed = Observe(back.State, report, window, now);
        return observed.Happened is null ? new(observed.State, back.Happened) : observed;
    }

    /// <summary>The host says where it stands.</summary>
    private static Change Observe(MigrationState state, ReportedMigration report, TimeSpan window, DateTimeOffset now)
    {
        if (state.Stage != MigrationStage.Running)
        {
            return new(state);
        }

        if (state.IsFollowedUp)
        {
            return FollowUps.Observe(state, report, now);
        }

        // Committed is the truth whatever was wished for meanwhile; all else only counts as the answer to the newest order.
        if (report.Activity == MigrationActivity.Committed)
        {
            return Leave(state, MigrationOutcome.Complete, null, now);
        }

        if (report.Revision != state.Revision)
        {
            return new(state);
        }

        return report.Activity switch
        {
            MigrationActivity.Failed => Leave(state, state.Outcome ?? MigrationOutcome.Failed, report.Failure, now),
            MigrationActivity.Cancelled => Leave(state, state.Outcome ?? MigrationOutcome.Cancelled, null, now),
            MigrationActivity.Paused when state is { Outcome: { } outcome, Goal: MigrationGoal.Pause } => Leave(
                state,
                outcome,
                null,
                now
            ),
            MigrationActivity.Paused when state.FollowsAfterPause => Told(
                state with
                {
                    FollowsAfterPause = false,
                },
                MigrationGoal.Follow,
                "LIVE_MIGRATION_CUTOVER_ABORTED"
            ),
            // What was to be dropped is: nobody may drop it again.
            MigrationActivity.Running when state.ToClear is not null => new(state with { ToClear = null }),
            MigrationActivity.Running => ObserveRunning(state, report.Progress, window, now),
            _ => new(state),
        };
    }

    /// <summary>The link was deleted: the host is let go (P8).</summary>
    internal static Change Disconnect(MigrationState state, DateTimeOffset now) =>
        state.IsLeaving || state.DisconnectedAt is not null
            ? new(state)
            : new(state with { DisconnectedAt = now }, "LIVE_MIGRATION_DISCONNECTED");

    /// <summary>The host is linked again before the Hub has given it up: it goes on.</summary>
    internal static Change Reconnect(MigrationState state) =>
        state.IsLeaving || state.DisconnectedAt is null
            ? new(state)
            : new(state with { DisconnectedAt = null }, "LIVE_MIGRATION_RECONNECTED");

    /// <summary>Its host calls, or is missed: then no cutover is taken, which would begin whenever it comes back.</summary>
    internal static Change Watch(MigrationState state, bool isAway, DateTimeOffset now) =>
        (isAway, state.HostAwayAt) switch
        {
            (true, null) when !state.IsLeaving => new(state with { HostAwayAt = now }, "LIVE_MIGRATION_HOST_AWAY"),
            (false, not null) => new(state with { HostAwayAt = null }, "LIVE_MIGRATION_HOST_BACK"),
            _ => new(state),
        };

    /// <summary>Another host goes on with it, with a password of its own (P6). What the goal was, it stays.</summary>
    internal static Change TakeOver(MigrationState state, Requests.MigrationPlan plan, string? newPassword)
    {
        Require(!state.IsLeaving, "LIVE_MIGRATION_ENDED", $"The migration has ended, or is ending ({state.Outcome}).");
        return new(
            state with
            {
                Plan = plan,
                Stage = newPassword is null ? MigrationStage.Running : MigrationStage.Granting,
                SealedPassword = newPassword,
                Revision = state.Revision + 1,
                DisconnectedAt = null,
                HostAwayAt = null,
            },
            "LIVE_MIGRATION_TAKEN_OVER"
        );
    }

    /// <summary>
    /// A standby host goes on with it, without anybody asking (P6). The one that is away may only be cut off from the Hub: it is let in
    /// until it was fenced, and the new one begins once the lease stands still.
    /// </summary>
    internal static Change TakeOverByItself(MigrationState state, Requests.MigrationPlan plan)
    {
        var formerId = state.Plan.HostId;
        var taken = TakeOver(state, plan, state.SealedPassword);
        return taken with { State = taken.State with { FormerHostId = formerId, WatchesLease = true } };
    }

    /// <summary>Its time is over: what it has written goes (P4).</summary>
    internal static Change Discard(MigrationState state, string? newPassword) =>
        state is { Stage: MigrationStage.Ended, Outcome: MigrationOutcome.Expired, IsDiscarded: false }
            ? new(
                state with
                {
                    Stage = newPassword is null ? MigrationStage.Running : MigrationStage.Granting,
                    SealedPassword = newPassword,
                    Goal = MigrationGoal.Discard,
                    Revision = state.Revision + 2,
                    FollowUp = null,
                    IsDiscarded = true,
                },
                "LIVE_MIGRATION_DATA_REMOVAL_STARTED"
            )
            : new(state);

    /// <summary>A moment has passed.</summary>
    internal static Change Tick(MigrationState state, DateTimeOffset now)
    {
        if (state.IsFollowedUp)
        {
            return FollowUps.Tick(state, now);
        }

        if (state.IsDiscarded)
        {
            // Nobody waits for it: it is done when its host is there.
            return new(state);
        }

        if (state.Stage == MigrationStage.Running && state.EndingAt is { } ending && now - ending > ConfirmationMax)
        {
            return Leave(state, state.Outcome ?? MigrationOutcome.Failed, state.Failure, now);
        }

        // The host that was let go still knows the user it was given: that goes, data and progress stay.
        if (!state.IsLeaving && state.DisconnectedAt is { } since && now - since > ConfirmationMax)
        {
            return Leave(state, state.Outcome ?? MigrationOutcome.Failed, LinkDeleted, now);
        }

        if (state is not { Stage: MigrationStage.Running, Outcome: null })
        {
            return new(state);
        }

        if (state is { CutoverAskedAt: { } asked, IsSlowCutoverSaid: false } && now - asked >= SlowCutover)
        {
            return new(state with { IsSlowCutoverSaid = true }, "LIVE_MIGRATION_CUTOVER_SLOW");
        }

        return state.DeadlineAt is { } deadline ? TickWindow(state, deadline - now, now) : new(state);
    }

    /// <summary>Nothing expires that nobody was reminded of in time: after a downtime the deadline moves instead (P4).</summary>
    private static Change TickWindow(MigrationState state, TimeSpan left, DateTimeOffset now)
    {
        var last = TimeSpan.FromHours(LastReminderHours);
        if (state.RemindedHours == LastReminderHours)
        {
            return left > TimeSpan.Zero
                ? new(state)
                : Told(state with { Outcome = MigrationOutcome.Expired, EndingAt = now }, MigrationGoal.Pause);
        }

        if (left <= last)
        {
            var reminded = state with { RemindedHours = LastReminderHours, DeadlineAt = now + last };
            return new(reminded, ExpiresSoon);
        }

        return state.RemindedHours is null && left <= TimeSpan.FromHours(FirstReminderHours)
            ? new(state with { RemindedHours = FirstReminderHours }, ExpiresSoon)
            : new(state);
    }

    /// <summary>A person asks for the cutover, or for the end of a rehearsal.</summary>
    /// <param name="state">The migration.</param>
    /// <param name="canCutOver">Whether one would begin at once.</param>
    /// <param name="endsRehearsal">Whether the end of a rehearsal is asked for.</param>
    /// <param name="now">The time.</param>
    internal static Change CutOver(MigrationState state, bool canCutOver, bool endsRehearsal, DateTimeOffset now)
    {
        RequireGoing(state);
        Require(
            endsRehearsal == state.Plan.IsRehearsal,
            endsRehearsal ? "LIVE_MIGRATION_IS_NO_REHEARSAL" : "LIVE_MIGRATION_IS_REHEARSAL",
            endsRehearsal
                ? "Only a migration that was created as a rehearsal ends without a cutover; cancel this one, or cut it over."
                : "This is a rehearsal: end it (endRehearsal), and create the migration anew without options.rehearsal."
        );
        Require(
            state.HostAwayAt is null,
            "MIGRATION_HOST_AWAY",
            $"The migration host {state.Plan.HostName} has not called since {state.HostAwayAt:u}: a cutover would begin whenever it comes back. Bring it back, or let another host take over."
        );
        if (!endsRehearsal)
        {
            CutoverWindows.Require(state.Plan, now);
        }

        Require(
            canCutOver && state.Goal == MigrationGoal.Follow,
            "LIVE_MIGRATION_NOT_READY_FOR_CUTOVER",
            state.Goal == MigrationGoal.CutOver
                ? "The cutover was asked for already."
                : "The destination is not in sync yet, or the migration is paused: wait until readyForCutover is true."
        );
        return Told(
            state with
            {
                CutoverAskedAt = now,
                IsCutoverSeen = false,
                IsSlowCutoverSaid = false,
                Remaining = state.DeadlineAt - now,
                DeadlineAt = null,
            },
            MigrationGoal.CutOver,
            endsRehearsal ? "LIVE_MIGRATION_REHEARSAL_END_REQUESTED" : "CLUSTER_IMPORT_CUTOVER"
        );
    }

    /// <summary>A person takes the cutover back, as long as it is not decided (E09).</summary>
    internal static Change AbortCutover(MigrationState state, bool isDecided, DateTimeOffset now)
    {
        RequireGoing(state);
        Require(state.Goal == MigrationGoal.CutOver, "LIVE_MIGRATION_NO_CUTOVER", "No cutover was asked for.");
        Require(
            !isDecided,
            "LIVE_MIGRATION_CUTOVER_DECIDED",
            "The cutover is decided: the destination is the truth now."
        );
        return Told(
            GiveUpCutover(state, now) with
            {
                FollowsAfterPause = true,
            },
            MigrationGoal.Pause,
            "LIVE_MIGRATION_CUTOVER_ABORT_REQUESTED"
        );
    }

    internal static Change Pause(MigrationState state)
    {
        RequireGoing(state);
        Require(
            state.Goal == MigrationGoal.Follow,
            "LIVE_MIGRATION_NOT_RUNNING",
            "Only a migration that is running, without a cutover asked for, can be paused."
        );
        return Told(state, MigrationGoal.Pause, "LIVE_MIGRATION_PAUSED");
    }

    internal static Change Resume(MigrationState state)
    {
        RequireGoing(state);
        Require(state.Goal == MigrationGoal.Pause, "LIVE_MIGRATION_NOT_PAUSED", "The migration is not paused.");
        return Told(state with { FollowsAfterPause = false }, MigrationGoal.Follow, "LIVE_MIGRATION_RESUMED");
    }

    /// <summary>The window begins anew, from now (I).</summary>
    internal static Change Extend(MigrationState state, TimeSpan window, DateTimeOffset now)
    {
        RequireGoing(state);
        Require(
            state.DeadlineAt is not null,
            "LIVE_MIGRATION_NO_DEADLINE",
            "There is no deadline to move: the migration is not in sync yet, or its cutover is under way."
        );
        return new(
            state with
            {
                DeadlineAt = now + window,
                RemindedHours = null,
                Extensions = state.Extensions + 1,
            },
            "LIVE_MIGRATION_EXTENDED"
        );
    }

    internal static Change Cancel(MigrationState state, DateTimeOffset now)
    {
        RequireGoing(state);
        if (state.Stage == MigrationStage.Granting)
        {
            var left = Leave(state, MigrationOutcome.Cancelled, null, now);
            return left with { Happened = left.Happened ?? CancelAsked };
        }

        return Told(
            state with
            {
                Outcome = MigrationOutcome.Cancelled,
                EndingAt = now,
                DeadlineAt = null,
            },
            MigrationGoal.Cancel,
            CancelAsked
        );
    }

    /// <summary>Begins again where it stopped, after a failure or an expiry.</summary>
    /// <param name="state">The migration.</param>
    /// <param name="newPassword">For its user on the destination, if there is to be one.</param>
    internal static Change Restart(MigrationState state, string? newPassword)
    {
        Require(
            state
                is {
                    Stage: MigrationStage.Ended,
                    Outcome: MigrationOutcome.Failed or MigrationOutcome.Expired,
                    IsDiscarded: false
                },
            "LIVE_MIGRATION_NOT_RESTARTABLE",
            "Only a migration that has failed or expired, and whose progress is still kept, can be restarted."
        );
        return new(
            state with
            {
                Stage = newPassword is null ? MigrationStage.Running : MigrationStage.Granting,
                SealedPassword = newPassword,
                Goal = MigrationGoal.Follow,
                ToClear = null,
                // One more than the order to forget it, which the host may still be carrying out.
                Revision = state.Revision + 2,
                Outcome = null,
                EndingAt = null,
                EndedAt = null,
                DisconnectedAt = null,
                HostAwayAt = null,
                FollowUp = null,
                Failure = null,
                InSyncAt = null,
                DeadlineAt = null,
                Remaining = null,
                RemindedHours = null,
                CutoverAskedAt = null,
            },
            "CLUSTER_IMPORT_RESTART_REQUESTED"
        );
    }

    private static Change ObserveRunning(
        MigrationState state,
        ReportedProgress? progress,
        TimeSpan window,
        DateTimeOffset now
    )
    {
        if (state.Goal == MigrationGoal.CutOver)
        {
            if (progress is { Phase: "FINALISING" or "DONE" })
            {
                return new(state with { IsCutoverSeen = true });
            }

            // The engine gave it up, for late writes or what it waited for too long; its warnings say which.
            return state.IsCutoverSeen
                ? Told(GiveUpCutover(state, now), MigrationGoal.Follow, "LIVE_MIGRATION_CUTOVER_GIVEN_UP")
                : new(state);
        }

        return progress is { CanCutOver: true } && state.InSyncAt is null
            ? new(state with { InSyncAt = now, DeadlineAt = now + window }, "LIVE_MIGRATION_READY_FOR_CUTOVER")
            : new(state);
    }

    private static MigrationState GiveUpCutover(MigrationState state, DateTimeOffset now) =>
        state with
        {
            CutoverAskedAt = null,
            IsCutoverSeen = false,
            Remaining = null,
            DeadlineAt = now + (state.Remaining is { } left && left > RemainingMin ? left : RemainingMin),
        };

    private static Change Leave(
        MigrationState state,
        MigrationOutcome outcome,
        ReportedFailure? failure,
        DateTimeOffset now
    )
    {
        var hasUser = state.SealedPassword is not null;
        return new(
            state with
            {
                Stage = hasUser ? MigrationStage.Removing : MigrationStage.Ended,
                Outcome = outcome,
                Failure = failure,
                EndingAt = state.EndingAt ?? now,
                EndedAt = hasUser ? null : now,
                DeadlineAt = null,
            },
            hasUser ? null : EndName(state with { Outcome = outcome })
        );
    }

    private static Change Told(MigrationState state, MigrationGoal goal, string? happened = null) =>
        new(state with { Goal = goal, Revision = state.Revision + 1 }, happened);

    private static string? EndName(MigrationState state) =>
        state.IsDiscarded
            ? "LIVE_MIGRATION_DATA_REMOVED"
            : state.Outcome switch
            {
                MigrationOutcome.Complete when state.Plan.IsRehearsal => "LIVE_MIGRATION_REHEARSED",
                MigrationOutcome.Complete => "CLUSTER_IMPORT_COMPLETED",
                MigrationOutcome.Failed => "CLUSTER_IMPORT_FAILED",
                MigrationOutcome.Cancelled => "CLUSTER_IMPORT_CANCELLED",
                MigrationOutcome.Expired => "CLUSTER_IMPORT_EXPIRED",
                null => null,
            };

    internal static void RequireGoing(MigrationState state) =>
        Require(
            !state.IsLeaving && state.Outcome is null,
            "LIVE_MIGRATION_ENDED",
            $"The migration has ended, or is ending ({state.Outcome})."
        );

    private static void Require(bool holds, string code, string otherwise)
    {
        if (!holds)
        {
            throw Api.Refusal.Conflict(code, otherwise);
        }
    }
}

/// <summary>A step of a migration's life.</summary>
/// <param name="State">What it is now.</param>
/// <param name="Happened">What the audit log says of it; <see langword="null"/> if it says nothing.</param>
internal sealed record Change(MigrationState State, string? Happened = null);
