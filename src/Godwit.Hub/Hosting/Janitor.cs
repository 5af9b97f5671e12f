using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Hosting;

/// <summary>
/// Removes what is older than the Hub's operator wants it kept (P20): validations that have ended, messages that were sent or given up, lines of
/// the audit log. Migrations and their reports stay, and so does whatever is under way.
/// </summary>
internal sealed partial class Janitor(
    IDbContextFactory<HubDatabase> databases,
    HubOptions options,
    Quarantine quarantine,
    TimeProvider time,
    ILogger<Janitor> logger
) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    /// <summary>Removes what is too old now.</summary>
    /// <returns>How many records.</returns>
    internal async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var oldest = time.GetUtcNow() - options.KeepsHistory;
        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            return await database
                    .Validations.Where(one => !one.IsActive && one.CreatedAt < oldest)
                    .ExecuteDeleteAsync(cancellationToken)
                    .ConfigureAwait(false)
                + await database
                    .Messages.Where(one => one.State != Message.Waiting && one.CreatedAt < oldest)
                    .ExecuteDeleteAsync(cancellationToken)
                    .ConfigureAwait(false)
                + await database
                    .Events.Where(one => one.CreatedAt < oldest)
                    .Where(one =>
                        !database.Migrations.Any(migration => migration.Id == one.MigrationId && migration.IsActive)
                    )
                    .ExecuteDeleteAsync(cancellationToken)
                    .ConfigureAwait(false);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                // A Hub that has gone back in time removes nothing (P3).
                if (!quarantine.IsOn && await SweepAsync(stoppingToken).ConfigureAwait(false) is > 0 and var removed)
                {
                    LogRemoved(logger, removed, options.KeepsHistory.TotalDays);
                }
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                // A busy database: what is too old now is so in an hour.
                LogFailed(logger, failed.Message);
            }

            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(151, LogLevel.Information, "Removed {Records} records older than {Days} days")]
    private static partial void LogRemoved(ILogger logger, int records, double days);

    [LoggerMessage(152, LogLevel.Warning, "What is too old could not be removed, will try again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
