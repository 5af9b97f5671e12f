using System.Globalization;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Watches how far the source's oplog reaches back behind the saved position (S33, D11): warns before what a restart would need is
/// overwritten.
/// </summary>
internal sealed class HistoryGauge(
    ISourceCluster source,
    CheckpointWriter checkpoints,
    Notices notices,
    MigrationSettings settings,
    TimeProvider time
)
{
    private bool isLow;

    /// <summary>How much time the oplog leaves before the saved position is lost; <see langword="null"/> while it is not known.</summary>
    internal TimeSpan? Left { get; private set; }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                Judge(await source.ReadOplogWindowAsync(cancellationToken));
            }
            catch (ClusterException fault) when (fault.Kind == FaultKind.Transient)
            {
                Left = null;
            }
            catch (ClusterException refused)
            {
                notices.Say($"The source's oplog cannot be watched: {refused.Message}");
                return;
            }

            await Task.Delay(settings.HistoryWatchEvery, time, cancellationToken);
        }
    }

    /// <summary>Said again only after it has been better in between.</summary>
    private void Judge(OplogWindow window)
    {
        var span = window.SpanSeconds;
        var behind = (long)window.Newest.Seconds - checkpoints.SavedFloor.Seconds;
        var left = span - behind;
        Left = TimeSpan.FromSeconds(Math.Max(0, left));
        var wasLow = isLow;
        isLow = left < (wasLow ? span * 3 / 4 : span / 2);
        if (isLow && !wasLow)
        {
            notices.Say(
                $"The source's oplog reaches back {Text(span)}, and this migration is {Text(behind)} behind in it: in about {Text(left)} its position is overwritten, and everything has to be compared again. "
                    + "Enlarge the oplog on every member (db.adminCommand({replSetResizeOplog: 1, size: <megabytes>})) or lower the write load."
            );
        }
    }

    private static string Text(long seconds) => $"{Math.Max(0, seconds).ToString(CultureInfo.InvariantCulture)} s";
}
