using Godwit.Engine.Applying;
using Godwit.Engine.Cutover;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Lifecycle;

/// <summary>Gathers what a migration did into its report. Claims equality only where it was proven (S24).</summary>
internal static class ReportWriter
{
    internal static MigrationReport Write(
        Tenure tenure,
        CutoverRunner? cutover,
        MigrationOutcome outcome,
        ClusterIdentity source,
        ClusterIdentity destination,
        SyncState? state,
        Verifier? verifier,
        DifferenceLog? log,
        TimeProvider time
    )
    {
        IReadOnlyList<FollowedCollection> collections = state is null ? [] : Snapshot(state);
        var isProven = outcome == MigrationOutcome.Committed && cutover?.Downtime > TimeSpan.Zero;
        var counters = state?.Counters;
        return new()
        {
            MigrationId = tenure.MigrationId.ToString(),
            Outcome = outcome,
            Verdict = isProven ? Verdict.IdenticalAfterHealing(log!.Healed) : Verdict.NotProven(Reason(outcome)),
            Source = new(source.ReplicaSetName, source.ReplicaSetId, source.Version.ToString()),
            Destination = new(destination.ReplicaSetName, destination.ReplicaSetId, destination.Version.ToString()),
            StartedAt = tenure.StartedAt,
            FinishedAt = time.GetUtcNow(),
            Downtime = isProven ? cutover!.Downtime : null,
            WasSourceBlocked = cutover?.Journal.IsSourceBlocked == true,
            Resumptions = tenure.Resumptions,
            Totals = new(
                collections.Count,
                counters?.DocumentsCopied ?? 0,
                counters?.BytesCopied ?? 0,
                TimeSpan.Zero,
                counters?.ChangesApplied ?? 0,
                counters?.DefinitionsApplied ?? 0,
                counters?.DocumentsReread ?? 0,
                counters?.DocumentsCompared ?? 0,
                log?.Healed ?? 0
            ),
            ComparedAt = verifier is null ? "" : $"{verifier.ComparedAt.Source} / {verifier.ComparedAt.Destination}",
            Collections = [.. collections.Select(one => Row(one, verifier, isProven))],
            Differences = log?.Differences ?? [],
            Remarks = cutover?.Remarks ?? [],
        };
    }

    private static List<FollowedCollection> Snapshot(SyncState state)
    {
        lock (state.Gate)
        {
            return [.. state.Collections];
        }
    }

    private static ReportedCollection Row(FollowedCollection one, Verifier? verifier, bool isProven)
    {
        var (documents, bytes, sum) = verifier?.TotalsOf(one.Uuid) ?? default;
        var name = one.Source.Name.ToString();
        return new(name, "collection", documents, bytes, DocumentSums.TextOf(sum), one.Source.Indexes.Count, isProven);
    }

    private static string Reason(MigrationOutcome outcome) =>
        outcome switch
        {
            MigrationOutcome.Committed =>
                "the comparison was made by the process that decided the cutover and ended before its report",
            MigrationOutcome.Paused => "the migration is paused",
            MigrationOutcome.Cancelled => "the migration was given up",
            MigrationOutcome.Failed => "the migration stopped",
        };
}
