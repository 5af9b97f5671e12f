using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// Makes a secondary follow its primary: reads the entries after its own last one, applies them in order, reports how far it is.
/// Where its own last entry is not in the primary's oplog, its data must be taken anew.
/// </summary>
internal sealed class OplogPuller(ReplicaMember replica, Action requestResync)
{
    private const int BatchEntriesMax = 5000;
    private const int BatchBytesMax = 16 * 1024 * 1024;
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs until the member stops or has asked for new data.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await StepAsync(cancellationToken).ConfigureAwait(false)) { }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The member stops.
        }
    }

    private async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var primary = replica.PrimaryIndex;
        var source =
            replica.IsPrimary || replica.IsStalled || primary < 0 || primary == replica.Index
                ? null
                : replica.Network.Reach(replica.Index, primary);
        if (source is null)
        {
            await Task.Delay(Retry, replica.Time, cancellationToken).ConfigureAwait(false);
            return true;
        }

        var news = source.Node.Changed.Next;
        try
        {
            if (!HasCommonPoint(source.Node))
            {
                requestResync();
                return false;
            }

            if (Pull(source))
            {
                return true;
            }
        }
        catch (ObjectDisposedException)
        {
            // The primary died while it was read; the next round finds another.
        }

        _ = await Task.WhenAny(news, Task.Delay(Retry, replica.Time, cancellationToken)).ConfigureAwait(false);
        return true;
    }

    private bool HasCommonPoint(Node source)
    {
        var mine = replica.Node.LastApplied;
        if (mine.Time == ClusterTime.Zero)
        {
            return source.Oplog.First == ClusterTime.Zero
                || source.Oplog.Find(source.Oplog.First) is { } first && IsBirth(first);
        }

        return source.Oplog.Find(mine.Time) is { } entry && TermOf(entry) == mine.Term;
    }

    private static bool IsBirth(RawDocument entry) =>
        entry["o"] is { Type: BsonType.Document } o
        && o.AsDocument["msg"] is { Type: BsonType.String } text
        && text.AsString == "initiating set";

    private static long TermOf(RawDocument entry) => entry["t"].ToInt64() ?? -1;

    private bool Pull(ReplicaMember source)
    {
        var batch = new List<RawDocument>();
        var bytes = 0;
        foreach (var entry in source.Node.Oplog.ReadAfter(replica.Node.LastApplied.Time))
        {
            batch.Add(entry);
            bytes += entry.Length;
            if (batch.Count == BatchEntriesMax || bytes >= BatchBytesMax)
            {
                break;
            }
        }

        if (batch.Count > 0)
        {
            if (replica.IsPrimary)
            {
                return true;
            }

            replica.Node.ApplyOplogEntries(batch);
            source.ReportProgress(replica.Index, replica.Node.LastApplied);
        }

        var committed = source.Node.CommitPoint;
        var applied = replica.Node.LastApplied;
        replica.Node.CommitPoint = committed.Time <= applied.Time ? committed : applied;
        return batch.Count > 0;
    }
}
