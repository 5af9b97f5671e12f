using Godwit.Contracts.Agents;
using Godwit.Hub.Requests;

namespace Godwit.Hub.Migrations;

/// <summary>
/// A migration as the Hub means it: what was asked for, its timers, how it ended. What the host observes is kept beside it. Immutable;
/// replaced whole by <see cref="MigrationLife"/>.
/// </summary>
internal sealed record MigrationState
{
    public required string Id { get; init; }

    public required MigrationPlan Plan { get; init; }

    public required MigrationStage Stage { get; init; }

    /// <summary>What the host is told.</summary>
    public MigrationGoal Goal { get; init; } = MigrationGoal.Follow;

    /// <summary>Grows with every change of what the host is told (P3).</summary>
    public long Revision { get; init; } = 1;

    public string? SourceIdentity { get; init; }

    public string? DestinationIdentity { get; init; }

    /// <summary>What is dropped on the destination before the first start; <see langword="null"/> for nothing, and once it has run (P2).</summary>
    public IReadOnlyList<CollectionToClear>? ToClear { get; init; }

    /// <summary>Password of its user on the destination, encrypted; recorded before the user is made, gone once it is removed.</summary>
    public string? SealedPassword { get; init; }

    /// <summary>When cutover could first be asked for.</summary>
    public DateTimeOffset? InSyncAt { get; init; }

    /// <summary>When it expires; <see langword="null"/> before it is in sync, and while a cutover is under way.</summary>
    public DateTimeOffset? DeadlineAt { get; init; }

    /// <summary>What was left when the cutover was asked for (P4).</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>Hours before the deadline that a reminder was queued for last; <see langword="null"/> for none.</summary>
    public int? RemindedHours { get; init; }

    /// <summary>Whether it was said that the cutover takes long.</summary>
    public bool IsSlowCutoverSaid { get; init; }

    /// <summary>How often the deadline was moved.</summary>
    public int Extensions { get; init; }

    public DateTimeOffset? CutoverAskedAt { get; init; }

    /// <summary>Whether the cutover was seen to have begun on the host.</summary>
    public bool IsCutoverSeen { get; init; }

    /// <summary>Whether the pause is on the way to an abort, after which it follows again.</summary>
    public bool FollowsAfterPause { get; init; }

    /// <summary>The host it was taken over from by the Hub itself, still let in until the new one has fenced it (P6).</summary>
    public string? FormerHostId { get; init; }

    /// <summary>Whether its host first makes sure that no other works on it any more.</summary>
    public bool WatchesLease { get; init; }

    /// <summary>Whether what it has written is being removed, or was: it cannot be restarted any more (P4).</summary>
    public bool IsDiscarded { get; init; }

    /// <summary>When its host was let go, by the link being deleted; <see langword="null"/> while it may come in.</summary>
    public DateTimeOffset? DisconnectedAt { get; init; }

    /// <summary>Since when its host has been missed; <see langword="null"/> while it calls.</summary>
    public DateTimeOffset? HostAwayAt { get; init; }

    /// <summary>What was asked for last after it had ended.</summary>
    public FollowUp? FollowUp { get; init; }

    /// <summary>How it ends once the host has stopped; <see langword="null"/> while it shall go on.</summary>
    public MigrationOutcome? Outcome { get; init; }

    /// <summary>When the end was decided, by a person, a timer, or the host.</summary>
    public DateTimeOffset? EndingAt { get; init; }

    public ReportedFailure? Failure { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether the host has stopped and must not be asked for anything but to forget.</summary>
    internal bool IsLeaving => Stage is MigrationStage.Removing or MigrationStage.Ended;

    /// <summary>Whether something is being done for it after its end.</summary>
    internal bool IsFollowedUp => FollowUp is { EndedAt: null };
}

/// <summary>Where a migration is.</summary>
internal enum MigrationStage
{
    /// <summary>Its user is being made on the destination.</summary>
    Granting,

    /// <summary>The host carries out the goal.</summary>
    Running,

    /// <summary>What was added on the destination is being removed.</summary>
    Removing,

    /// <summary>Nothing is left to do.</summary>
    Ended,
}

/// <summary>How a migration ended.</summary>
internal enum MigrationOutcome
{
    /// <summary>Cut over.</summary>
    Complete,

    /// <summary>Stopped for a reason that needs a person; it may be restarted.</summary>
    Failed,

    /// <summary>Given up by a person.</summary>
    Cancelled,

    /// <summary>In sync for too long without a cutover; data and progress are kept, it may be restarted.</summary>
    Expired,
}
