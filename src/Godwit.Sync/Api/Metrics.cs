using System.Globalization;
using System.Text;
using Godwit.Engine;
using Godwit.Sync.Running;

namespace Godwit.Sync.Api;

/// <summary>Figures in the text form of Prometheus.</summary>
internal static class Metrics
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Collections with series of their own; beyond them there are only totals.</summary>
    private const int CollectionsMax = 1_000;

    internal static string Write(SyncPicture picture)
    {
        var text = new StringBuilder();
        Family(
            text,
            "state",
            "Whether it is in this state",
            "gauge",
            Enum.GetValues<SyncState>().Select(one => ($"state=\"{one}\"", One(picture.State == one)))
        );
        Gauge(text, "can_commit", "Whether a commit would be taken", One(picture.CanCommit));
        Gauge(text, "can_write", "Whether the destination is open for applications", One(picture.CanWrite));
        Gauge(text, "warnings", "Warnings said so far", picture.Warnings.Count);
        if (picture.Progress is { } engine)
        {
            WriteEngine(text, engine);
        }

        return text.ToString();
    }

    private static void WriteEngine(StringBuilder text, MigrationProgress engine)
    {
        Counter(text, "documents_copied_total", "Documents written by the copy", engine.DocumentsCopied);
        Counter(text, "bytes_copied_total", "Bytes written by the copy", engine.BytesCopied);
        Gauge(text, "bytes_estimated", "Bytes there are to copy", engine.BytesEstimated);
        Counter(text, "events_applied_total", "Change events applied", engine.EventsApplied);
        Gauge(text, "events_waiting", "Change events read and not applied yet", engine.EventsWaiting);
        Counter(text, "documents_verified_total", "Documents compared", engine.DocumentsVerified);
        Gauge(text, "verified_ratio", "Share of ranges whose comparison holds", engine.VerifiedShare);
        Counter(text, "differences_total", "Differences found", engine.Differences);
        Counter(text, "healed_total", "Differences healed", engine.Healed);
        Gauge(text, "lag_seconds", "How far the destination is behind", engine.Lag?.TotalSeconds);
        Gauge(text, "forecast_downtime_seconds", "Downtime of a commit now", engine.ForecastDowntime?.TotalSeconds);
        Gauge(
            text,
            "history_left_seconds",
            "How long a pause the source's oplog leaves",
            engine.HistoryLeft?.TotalSeconds
        );
        var named = engine
            .Collections.Take(CollectionsMax)
            .Select(one => (Label: $"namespace=\"{Escaped(one.Name.ToString())}\"", Collection: one))
            .ToList();
        Family(
            text,
            "collection_bytes_copied",
            "Bytes of a collection that are on the destination",
            "gauge",
            named.Select(one => (one.Label, (double)one.Collection.BytesCopied))
        );
        Family(
            text,
            "collection_verified",
            "Whether the newest comparison of a collection holds",
            "gauge",
            named.Select(one => (one.Label, One(one.Collection.IsVerified)))
        );
    }

    private static double One(bool holds) => holds ? 1 : 0;

    private static void Counter(StringBuilder text, string name, string help, double value) =>
        Family(text, name, help, "counter", [("", value)]);

    private static void Gauge(StringBuilder text, string name, string help, double? value) =>
        Family(text, name, help, "gauge", value is { } known ? [("", known)] : []);

    private static void Family(
        StringBuilder text,
        string name,
        string help,
        string type,
        IEnumerable<(string Label, double Value)> samples
    )
    {
        var isFirst = true;
        foreach (var (label, value) in samples)
        {
            if (isFirst)
            {
                _ = text.Append(
                    CultureInfo.InvariantCulture,
                    $"# HELP godwit_{name} {help}.\n# TYPE godwit_{name} {type}\n"
                );
                isFirst = false;
            }

            var labels = label.Length > 0 ? $"{{{label}}}" : "";
            _ = text.Append(CultureInfo.InvariantCulture, $"godwit_{name}{labels} {value}\n");
        }
    }

    private static string Escaped(string label) =>
        label
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
