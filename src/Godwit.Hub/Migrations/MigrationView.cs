using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Data;

namespace Godwit.Hub.Migrations;

/// <summary>A migration as it is shown: what the Hub means and what the host observes, put together.</summary>
internal sealed class MigrationView
{
    /// <summary>Phases in which a lag says something to people.</summary>
    private static readonly string[] Following = ["APPLYING", "IN_SYNC"];

    private readonly MigrationRecord record;
    private readonly MigrationState state;
    private readonly ReportedMigration? report;
    private readonly TimeSpan? keeps;

    /// <param name="record">The migration as it is kept.</param>
    /// <param name="keepsExpired">How long an expired one is kept, where it is shown until when.</param>
    internal MigrationView(MigrationRecord record, TimeSpan? keepsExpired = null)
    {
        keeps = keepsExpired;
        this.record = record;
        state = ApiJson.Read<MigrationState>(record.State);
        var found = record.Report is null ? null : ApiJson.Read<ReportedMigration>(record.Report);
        // What was reported before a restart says nothing of what came after.
        report =
            found is not null && (found.Revision >= state.Revision - 1 || state.IsLeaving || state.IsFollowedUp)
                ? found
                : null;
    }

    internal MigrationState State => state;

    internal ReportedMigration? Report => report;

    /// <summary>Whether a cutover asked for now would begin.</summary>
    internal bool CanCutOver =>
        state
            is {
                Stage: MigrationStage.Running,
                Goal: MigrationGoal.Follow,
                Outcome: null,
                InSyncAt: not null,
                HostAwayAt: null
            }
        && report is { Activity: MigrationActivity.Running, Progress.CanCutOver: true };

    /// <summary>Whether it has ended, and whatever is done for it now changes nothing of that.</summary>
    private bool HasEnded => state.Stage == MigrationStage.Ended || state.FollowUp is not null;

    internal bool IsDecided => report?.Progress?.IsDecided ?? false;

    /// <summary>Whole seconds; only while changes are being followed, and never below zero (M-082).</summary>
    private long? LagSeconds =>
        state is { Stage: MigrationStage.Running, Goal: MigrationGoal.Follow }
        && report is { Activity: MigrationActivity.Running, Progress: { LagSeconds: { } lag } progress }
        && Following.Contains(progress.Phase)
            ? Math.Max(0, (long)lag)
            : null;

    /// <summary>In Atlas' words, which know no pause and no cancellation.</summary>
    internal LiveMigrationResponse ToAtlas() =>
        new()
        {
            Id = record.Id,
            LagTimeSeconds = LagSeconds,
            MigrationHosts = [state.Plan.HostName],
            ReadyForCutover = CanCutOver,
            Status = state switch
            {
                { Outcome: MigrationOutcome.Complete } when HasEnded => "COMPLETE",
                { Outcome: MigrationOutcome.Expired } when HasEnded || state.IsLeaving => "EXPIRED",
                { Outcome: MigrationOutcome.Failed or MigrationOutcome.Cancelled } when HasEnded || state.IsLeaving =>
                    "FAILED",
                _ when report is null => "NEW",
                _ => "WORKING",
            },
        };

    /// <summary>Every collection that its host has named, those that are not copied first.</summary>
    internal IReadOnlyList<ReportedCollection> Collections =>
        report is null ? [] : ReportSize.Whole(report)?.Collections ?? [];

    /// <summary>With all that is known.</summary>
    /// <param name="isWhole">Whether with every collection, however many there are.</param>
    internal MigrationResource ToOwn(bool isWhole = false) =>
        new()
        {
            Id = record.Id,
            GroupId = record.ProjectId,
            Status = Status(),
            Phase = report?.Progress?.Phase,
            SourceGroupId = state.Plan.Source.ProjectId,
            SourceCluster = state.Plan.From,
            DestinationCluster = state.Plan.To,
            MigrationHosts = [state.Plan.HostName],
            StandbyHosts = [.. state.Plan.StandbyHosts.Where(one => one != state.Plan.HostName)],
            ReadyForCutover = CanCutOver,
            LagTimeSeconds = LagSeconds,
            BlocksSource = state.Plan.BlocksSource,
            Options = Requests.OptionFields.Show(state.Plan),
            HasDocumentRules = state.Plan.Options is { SealedRules: not null },
            Progress = isWhole && report is not null ? ReportSize.Whole(report) : report?.Progress,
            Failure = state.Failure ?? report?.Failure,
            InSyncSince = state.InSyncAt,
            Deadline = state.DeadlineAt,
            KeptUntil = state is { Outcome: MigrationOutcome.Expired, IsDiscarded: false }
                ? state.EndedAt + keeps
                : null,
            Extensions = state.Extensions,
            CutoverRequested = state.CutoverAskedAt,
            HostAwaySince = state.HostAwayAt,
            Reverses = state.Plan.ReversesId,
            IsBackwards = state.Plan.IsBackwards,
            FollowUp = FollowUps.Show(state),
            Created = state.CreatedAt,
            Ended = state.EndedAt,
        };

    private string Status() =>
        state switch
        {
            { Outcome: MigrationOutcome.Complete, Plan.IsRehearsal: true } when HasEnded => "REHEARSED",
            { Outcome: { } outcome } when HasEnded => outcome.ToString().ToUpperInvariant(),
            { Outcome: MigrationOutcome.Complete } => "FINALISING",
            { Outcome: not null } => "ENDING",
            { DisconnectedAt: not null } => "DISCONNECTED",
            { Stage: MigrationStage.Granting } => "NEW",
            { Goal: MigrationGoal.CutOver } => "CUTTING_OVER",
            _ => report?.Activity switch
            {
                null => "NEW",
                MigrationActivity.Waiting => "WAITING",
                MigrationActivity.Checking => "CHECKING",
                MigrationActivity.Retrying => "RETRYING",
                MigrationActivity.Paused => "PAUSED",
                _ => "RUNNING",
            },
        };
}
