using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Gathers what a migration did into its report. Claims equality only where it was proven (S24). The report of a committed migration is
/// kept, so that running it again shows the same.
/// </summary>
internal sealed class ReportWriter(
    Tenure tenure,
    ReportedCluster source,
    ReportedCluster destination,
    ReservedStore store,
    Notices notices,
    TimeProvider time
)
{
    private const string Kept = "report";

    /// <summary>A document holds 16 MiB at most; a longer report is kept without its collections.</summary>
    private const int KeptCharactersMax = 8 * 1024 * 1024;

    /// <summary>The report of a migration that was committed by an earlier life; <see langword="null"/> if that ended before keeping one.</summary>
    internal async Task<MigrationReport?> ReadKeptAsync(CancellationToken cancellationToken)
    {
        var state = await store.ReadStateAsync(cancellationToken);
        return state[Kept] is { Type: BsonType.String } json ? JsonReport.Read(json.AsString) : null;
    }

    /// <summary>Writes the report of a life that has ended.</summary>
    internal async Task<MigrationReport> WriteAsync(
        LifeParts? life,
        MigrationOutcome outcome,
        CancellationToken cancellationToken
    )
    {
        var report = Write(life, outcome, Judge(life, outcome));
        if (outcome == MigrationOutcome.Committed)
        {
            var json = JsonReport.Write(report);
            var kept = json.Length <= KeptCharactersMax ? json : JsonReport.Write(report with { Collections = [] });
            await store.SetStateAsync(new DocumentBuilder { { Kept, kept } }.Build(), cancellationToken);
        }

        return report;
    }

    /// <summary>Writes the report of a life that cannot go on without a person.</summary>
    internal MigrationReport Write(LifeParts? life, MigrationFailedException failure) =>
        Write(life, MigrationOutcome.Failed, Verdict.NotProven("the migration stopped")) with
        {
            Failure = new(failure.Code, failure.Message, failure.Remedy),
        };

    private MigrationReport Write(LifeParts? life, MigrationOutcome outcome, Verdict verdict)
    {
        var counters = life?.State.Counters;
        var rows = life is null ? [] : Rows(life, verdict.IsProven);
        return new()
        {
            MigrationId = tenure.MigrationId.ToString(),
            Outcome = outcome,
            Verdict = verdict,
            Source = source,
            Destination = destination,
            StartedAt = tenure.StartedAt,
            FinishedAt = time.GetUtcNow(),
            Downtime = life?.Cutover.Downtime,
            WasRehearsal = (life?.Cutover.Journal ?? tenure.Journal).IsRehearsal,
            WasSourceBlocked = life?.Cutover.Journal.IsSourceBlocked == true,
            Resumptions = tenure.Resumptions,
            Environment = ReportedEnvironment.OfThisProcess(),
            Totals = new(
                rows.Count,
                counters?.DocumentsCopied ?? 0,
                counters?.BytesCopied ?? 0,
                life?.Steering.CopyDuration ?? TimeSpan.Zero,
                counters?.ChangesApplied ?? 0,
                counters?.DefinitionsApplied ?? 0,
                counters?.DocumentsReread ?? 0,
                counters?.DocumentsCompared ?? 0,
                life?.Log.Healed ?? 0
            ),
            ComparedAt = life is null
                ? ""
                : $"{life.Verifier.ComparedAt.Source} / {life.Verifier.ComparedAt.Destination}",
            Collections = rows,
            Differences = life?.Log.Differences ?? [],
            Remarks = notices.All,
        };
    }

    private Verdict Judge(LifeParts? life, MigrationOutcome outcome)
    {
        if (outcome != MigrationOutcome.Committed)
        {
            return Verdict.NotProven(
                outcome == MigrationOutcome.Paused ? "the migration is paused" : "the migration was given up"
            );
        }

        if (life?.Cutover is { Journal.IsRehearsal: false, Late: { Count: > 0 } late })
        {
            return Verdict.NotProven(
                FormattableString.Invariant(
                    $"{late.Count} writes reached the source after the final time, in {late.Names}; the destination does not have them"
                )
            );
        }

        var journal = life?.Cutover.Journal ?? tenure.Journal;
        if (journal.Strays is { Length: > 0 } strays)
        {
            return Verdict.NotProven(strays);
        }

        return life?.Cutover.DefinitionsLeft is { Count: > 0 } left
            ? Verdict.NotProven($"documents are identical, but not {string.Join("; ", left.Take(3))}")
            : Verdict.IdenticalAfterHealing(journal.Healed);
    }

    private static List<ReportedCollection> Rows(LifeParts life, bool isProven)
    {
        List<FollowedCollection> collections;
        lock (life.State.Gate)
        {
            collections = [.. life.State.Collections];
        }

        var totals = life.Sums.Totals();
        var views = life.Keeper.Mappings.Where(row => row.IsView).Select(row => row.Name.ToString());
        return
        [
            .. collections
                .Select(one => Row(one, totals.GetValueOrDefault(one.Uuid), isProven))
                .Concat(views.Select(name => new ReportedCollection(name, "view", 0, 0, "", 0, isProven)))
                .OrderBy(row => row.Name, StringComparer.Ordinal),
        ];
    }

    private static ReportedCollection Row(
        FollowedCollection one,
        (CollectionTotals Totals, bool AreCurrent) sums,
        bool isProven
    ) =>
        new(
            SeriesNames.Shown(one.Source.Name).ToString(),
            SeriesNames.IsBuckets(one.Source.Name) ? "time-series" : "collection",
            sums.Totals.Documents,
            sums.Totals.Bytes,
            sums.AreCurrent ? DocumentSums.TextOf(sums.Totals.Sum) : "",
            one.Source.Indexes.Count,
            isProven
        );
}
