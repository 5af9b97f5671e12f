using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Lifecycle;

/// <summary>Takes a picture of a running migration for people and scripts.</summary>
internal static class ProgressPicture
{
    internal static MigrationProgress Take(LifeParts life, Notices notices)
    {
        var state = life.State;
        lock (state.Gate)
        {
            var ranges = state.Collections.Sum(one => one.Ranges?.Ranges.Count ?? 1);
            var lag = (long)life.Clock.Known.Seconds - state.Router.Frontier.Seconds;
            return new()
            {
                Phase = life.Steering.Phase,
                CanCommit = life.Steering.Phase == MigrationPhase.InSync,
                IsDestinationOpen = life.Cutover.IsDestinationOpen,
                Collections = [.. state.Collections.Select(one => Take(one, life.Book))],
                DocumentsCopied = state.Counters.DocumentsCopied,
                BytesCopied = state.Counters.BytesCopied,
                DocumentsKept = state.Collections.Sum(one => one.Kept.Documents),
                BytesKept = state.Collections.Sum(one => one.Kept.Bytes),
                BytesEstimated = state.Collections.Sum(one => one.Estimate.Bytes),
                EventsApplied = state.Counters.ChangesApplied,
                ChangesWritten = state.Counters.ChangesWritten,
                ChangeBytesWritten = state.Counters.ChangeBytesWritten,
                OwnStreams = state.Counters.OwnStreams,
                EventsWaiting = state.Router.Outstanding.Count,
                ChangeStreams = state.Counters.ChangeStreams,
                Lag = life.Steering.Phase > MigrationPhase.Preparing ? TimeSpan.FromSeconds(Math.Max(0, lag)) : null,
                DocumentsVerified = state.Counters.DocumentsCompared,
                VerifiedShare =
                    ranges == 0 && life.Steering.Phase > MigrationPhase.Preparing
                        ? 1
                        : Math.Min(1.0, (double)life.Book.VerifiedRanges / Math.Max(1, ranges)),
                Differences = life.Log.Differences.Count,
                Healed = life.Log.Healed,
                IndexesBuilt = life.Builds.Built,
                IndexBuilds = life.Builds.Running,
                ForecastDowntime = life.Verifier.LastRound + life.Changer.PreparationLeft(),
                HistoryLeft = life.Gauge.Left,
                Limits = life.Pacer.Limits,
                SourceLatency = life.Pacer.Latency,
                ReadShare = life.Pacer.Share,
                Warnings = notices.All,
            };
        }
    }

    private static CollectionProgress Take(FollowedCollection one, VerificationBook book)
    {
        var there = one.Kept.Plus(one.Copied);
        return new(
            SeriesNames.Shown(one.Source.Name),
            one.Estimate.Documents,
            there.Documents,
            one.Estimate.Bytes,
            there.Bytes,
            one.IsCopied,
            one.Ranges is { } table && table.Ranges.All(book.IsVerified)
        );
    }
}
