using System.Text.Json;
using Godwit.Engine;

namespace Godwit.Cli.Output;

/// <summary>One JSON object a line for scripts, on standard output; words for people go to standard error.</summary>
internal sealed class JsonView(TextWriter output, TextWriter error, TimeProvider time) : IProgressView
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly Rates rates = new(time);
    private long shownAt;
    private (MigrationPhase Phase, bool CanCommit, int Warnings)? shown;

    /// <inheritdoc/>
    public void Show(MigrationProgress progress)
    {
        rates.Observe(progress);
        var news = (progress.Phase, progress.CanCommit, progress.Warnings.Count);
        if (shown == news && time.GetElapsedTime(shownAt) < Interval)
        {
            return;
        }

        shown = news;
        shownAt = time.GetTimestamp();
        output.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    phase = Words.PhaseName(progress.Phase),
                    collections = progress.Collections.Count,
                    documentsCopied = progress.DocumentsCopied,
                    bytesCopied = progress.BytesCopied,
                    documentsKept = progress.DocumentsKept,
                    bytesKept = progress.BytesKept,
                    bytesEstimated = progress.BytesEstimated,
                    documentsPerSecond = Math.Round(rates.DocumentsPerSecond),
                    bytesPerSecond = Math.Round(rates.BytesPerSecond),
                    remainingMs = rates.Remaining?.TotalMilliseconds,
                    eventsApplied = progress.EventsApplied,
                    eventsPerSecond = Math.Round(rates.EventsPerSecond),
                    eventsWaiting = progress.EventsWaiting,
                    changeStreams = progress.ChangeStreams,
                    lagMs = progress.Lag?.TotalMilliseconds,
                    documentsVerified = progress.DocumentsVerified,
                    verifiedShare = Math.Round(progress.VerifiedShare, 4),
                    differences = progress.Differences,
                    healed = progress.Healed,
                    canCutOver = progress.CanCommit,
                    forecastDowntimeMs = progress.ForecastDowntime?.TotalMilliseconds,
                    historyLeftMs = progress.HistoryLeft?.TotalMilliseconds,
                    sourceLatencyMs = progress.SourceLatency?.TotalMilliseconds,
                    readShare = progress.ReadShare,
                    limits = new
                    {
                        bytesPerSecond = progress.Limits.BytesPerSecond,
                        documentsPerSecond = progress.Limits.DocumentsPerSecond,
                        sourceLatencyMs = progress.Limits.Latency.TotalMilliseconds,
                    },
                    warnings = progress.Warnings,
                }
            )
        );
        output.Flush();
    }

    /// <inheritdoc/>
    public void Say(string message) => error.WriteLine(message);

    /// <inheritdoc/>
    public void Dispose() => output.Flush();
}
