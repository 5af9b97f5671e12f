using Godwit.Contracts.Agents;
using Godwit.Hub.Data;
using Godwit.Hub.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Hosting;

/// <summary>
/// A Hub that may have gone back in time (P3): restored from a backup, or told by a host of an order that it does not remember. It gives no
/// order, expires and removes nothing; it takes over what hosts say that is further on, until a person says that all of them have.
/// </summary>
internal sealed partial class Quarantine(
    IDbContextFactory<HubDatabase> databases,
    TimeProvider time,
    ILogger<Quarantine> logger
)
{
    private volatile bool isOn;

    /// <summary>Whether the Hub holds still.</summary>
    internal bool IsOn => isOn;

    /// <summary>Reads what the database says, at the start.</summary>
    internal async Task LoadAsync(CancellationToken cancellationToken)
    {
        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            isOn = await database
                .Settings.AnyAsync(one => one.Name == Setting.Quarantine, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>From now on it holds still, its next starts included.</summary>
    internal async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (isOn)
        {
            return;
        }

        isOn = true;
        LogBegun(logger);
        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            await MarkAsync(database, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Marks a database, for the Hub that is started on it next.</summary>
    internal static async Task MarkAsync(HubDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await database.Settings.FindAsync([Setting.Quarantine], cancellationToken).ConfigureAwait(false) is null)
        {
            _ = database.Add(new Setting { Name = Setting.Quarantine, Value = time.GetUtcNow().ToString("O") });
            _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the mark away: the Hub that is started next gives orders again.</summary>
    /// <returns>Whether there was one.</returns>
    internal static async Task<bool> UnmarkAsync(HubDatabase database, CancellationToken cancellationToken) =>
        await database
            .Settings.Where(one => one.Name == Setting.Quarantine)
            .ExecuteDeleteAsync(cancellationToken)
            .ConfigureAwait(false) > 0;

    /// <summary>
    /// Whether a host was told something that this Hub does not remember. That it may forget a migration is told by one number more than is
    /// kept; a host that does not say its goal may mean that.
    /// </summary>
    internal static bool IsNewer(MigrationState state, ReportedMigration report) =>
        report.Goal != MigrationGoal.Forget && report.Revision > state.Revision + (report.Goal is null ? 1 : 0);

    /// <summary>A host knows an order that this Hub does not: it goes by what the host says, and never back.</summary>
    internal static Change Adopt(MigrationState state, ReportedMigration report, DateTimeOffset now)
    {
        if (!IsNewer(state, report))
        {
            return new(state);
        }

        var goal = report.Goal ?? state.Goal;
        return new(
            state with
            {
                Revision = report.Revision,
                Goal = goal,
                // What had ended here is under way there.
                Stage =
                    state.Stage == MigrationStage.Granting || state.IsLeaving ? MigrationStage.Running : state.Stage,
                Outcome = goal switch
                {
                    MigrationGoal.Cancel => MigrationOutcome.Cancelled,
                    MigrationGoal.Discard => MigrationOutcome.Expired,
                    MigrationGoal.Verify => MigrationOutcome.Complete,
                    MigrationGoal.UnblockSource or MigrationGoal.TellUsers => state.Outcome
                        ?? MigrationOutcome.Complete,
                    _ => null,
                },
                FollowUp = IsFollowUp(goal) ? new(goal, now) : null,
                IsDiscarded = goal == MigrationGoal.Discard,
                EndingAt = goal == MigrationGoal.Cancel ? now : null,
                EndedAt = IsFollowUp(goal) ? state.EndedAt ?? now : null,
                CutoverAskedAt = goal == MigrationGoal.CutOver ? state.CutoverAskedAt ?? now : null,
                DeadlineAt = goal == MigrationGoal.CutOver ? null : state.DeadlineAt,
                ToClear = null,
            },
            "LIVE_MIGRATION_ADOPTED"
        );
    }

    private static bool IsFollowUp(MigrationGoal goal) =>
        goal is MigrationGoal.Verify or MigrationGoal.UnblockSource or MigrationGoal.TellUsers;

    [LoggerMessage(
        151,
        LogLevel.Error,
        "A host knows orders that this Hub does not: it was put back to an earlier state. It gives no orders until 'godwit hub restore --done'"
    )]
    private static partial void LogBegun(ILogger logger);
}
