using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// Makes a secondary follow its primary: reads the entries after its own last one, applies them in order, reports how far it is.
/// Where its own last entry is not in the primary's oplog it asks for the repair of its data, and waits where none is possible.
/// </summary>
internal sealed class OplogPuller(ReplicaMember replica, Action<Repair> requestRepair)
{
    private const int BatchEntriesMax = 5000;
    private const int BatchBytesMax = 16 * 1024 * 1024;

    // mongod looks for a source once a second, at heartbeats of two.
    private TimeSpan Retry => (replica.CurrentConfig?.Settings ?? ReplicaSettings.Quick).Heartbeat / 2;

    private enum Outcome
    {
        NoSource,
        NoNews,
        News,
        Ended,
    }

    /// <summary>Runs until the member stops or has asked for a repair.</summary>
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
        var news = replica.RoleChanged.Next;
        var primary = replica.PrimaryIndex;
        if (primary >= 0)
        {
            await replica
                .Network.TravelAsync(replica.Index, primary, replica.Time, cancellationToken)
                .ConfigureAwait(false);
        }

        var outcome =
            replica.State == MemberState.Primary
            || replica.IsStalled
            || replica.IsApplyingStopped
            || !replica.Follows
            || primary < 0
            || primary == replica.Index
                ? Outcome.NoSource
                : replica.Network.Ask(
                    replica.Index,
                    primary,
                    source =>
                    {
                        news = source.Node.Changed.Next;
                        replica.FoundSource();
                        return Follow(source);
                    },
                    Outcome.NoSource
                );
        if (outcome is Outcome.NoSource or Outcome.NoNews)
        {
            var pause = Task.Delay(Retry, replica.Time, cancellationToken);
            await (replica.SeeksSource ? pause : Task.WhenAny(news, pause)).ConfigureAwait(false);
        }

        return outcome != Outcome.Ended;
    }

    private Outcome Follow(ReplicaMember source)
    {
        var common = CommonPoint.Find(replica.Node, source.Node);
        if (common == replica.Node.LastApplied && !replica.NeedsInitialSync)
        {
            replica.SetTooStale(false);
            return Pull(source) ? Outcome.News : Outcome.NoNews;
        }

        if (source.State != MemberState.Primary || IsBehind(source.Node.LastApplied, replica.Node.LastApplied))
        {
            // A new primary's first entry is still to come, or it is none any more: nothing is decided by its oplog.
            return Outcome.NoNews;
        }

        if (replica.NeedsInitialSync)
        {
            requestRepair(new Repair.CopyFrom(source.Index));
            return Outcome.Ended;
        }

        if (common is not { } point || point == OpTime.None)
        {
            replica.SetTooStale(true);
            return Outcome.NoNews;
        }

        requestRepair(new Repair.RollBack(point));
        return Outcome.Ended;
    }

    private static bool IsBehind(OpTime one, OpTime other) =>
        one.Term < other.Term || (one.Term == other.Term && one.Time < other.Time);

    private bool Pull(ReplicaMember source)
    {
        var batch = new List<RawDocument>();
        var bytes = 0;
        var delay = replica.Self?.DelaySecs ?? 0;
        var now = replica.Time.GetUtcNow().ToUnixTimeSeconds();
        foreach (var entry in source.Node.Oplog.ReadAfter(replica.Node.LastApplied.Time))
        {
            if (delay > 0 && entry["ts"].AsTimestamp.Seconds + delay > now)
            {
                break;
            }

            batch.Add(entry);
            bytes += entry.Length;
            if (batch.Count == BatchEntriesMax || bytes >= BatchBytesMax)
            {
                break;
            }
        }

        if (batch.Count > 0)
        {
            if (replica.State == MemberState.Primary)
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
