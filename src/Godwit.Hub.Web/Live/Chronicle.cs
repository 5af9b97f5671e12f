using System.Collections.Concurrent;
using Godwit.Hub.Data;
using Godwit.Hub.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Web.Live;

/// <summary>
/// Follows the migrations that are under way, whether anybody looks or not, so that charts have a past and every open page is told of the
/// same change: the database is read once, however many look.
/// </summary>
internal sealed partial class Chronicle(
    IDbContextFactory<HubDatabase> databases,
    MigrationChanges changes,
    TimeProvider time,
    ILogger<Chronicle> logger
) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>A migration has changed, by its id.</summary>
    internal event Action<string>? Changed;

    /// <summary>What is known of a migration; <see langword="null"/> if nothing has happened to it since the Hub has started.</summary>
    internal Story? Of(string id) => entries.GetValueOrDefault(id)?.Story;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception unforeseen) when (!stoppingToken.IsCancellationRequested)
            {
                // Charts may have a gap; the migrations themselves are not touched.
                LogFailed(logger, unforeseen);
            }

            await Task.Delay(LookEvery, time, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var changed = changes.Take();
            try
            {
                List<string> followed =
                [
                    .. entries.Where(one => !one.Value.HasEnded).Select(one => one.Key),
                    .. changed,
                ];
                var records = await database
                    .Migrations.AsNoTracking()
                    .Where(one => one.IsActive || followed.Contains(one.Id))
                    .ToListAsync(cancellationToken)
                    .ConfigureAwait(false);
                records.ForEach(Keep);
            }
            catch
            {
                // They are looked at next time.
                foreach (var id in changed)
                {
                    changes.Note(id);
                }

                throw;
            }
        }
    }

    private void Keep(MigrationRecord record)
    {
        var known = entries.GetValueOrDefault(record.Id);
        if (known is not null && known.Version == record.Version && known.Report == record.Report)
        {
            return;
        }

        var now = new MigrationView(record).ToOwn(isWhole: true);
        var at = time.GetUtcNow();
        entries[record.Id] = new(
            record.Version,
            record.Report,
            !record.IsActive,
            known is null ? Story.Begin(now, at) : known.Story.Go(now, at)
        );
        Changed?.Invoke(record.Id);
    }

    private sealed record Entry(long Version, string? Report, bool HasEnded, Story Story);

    [LoggerMessage(141, LogLevel.Warning, "The figures of migrations could not be read; trying again")]
    private static partial void LogFailed(ILogger logger, Exception cause);
}
