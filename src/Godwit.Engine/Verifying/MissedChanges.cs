using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Changes of the source that an earlier life had applied after it had compared both sides last: the stream that is followed begins
/// behind them, so their keys are read by a stream of their own, and compared again (S22).
/// </summary>
internal sealed class MissedChanges(
    SyncState state,
    ISourceCluster source,
    VerificationBook book,
    ClusterTime position,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    /// <summary>
    /// Watches every key that changed after <paramref name="since"/> and up to the position that the stream goes on from. If the source no
    /// longer remembers, everything is compared again.
    /// </summary>
    internal async Task WatchAsync(ClusterTime since, CancellationToken cancellationToken)
    {
        while (since < position)
        {
            try
            {
                await FollowAsync(since, cancellationToken);
                return;
            }
            catch (ClusterException fault) when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor)
            {
                // From the beginning: a key that is watched twice is watched.
                await retry.WaitAsync(cancellationToken);
            }
            catch (ClusterException fault) when (fault.Kind == FaultKind.HistoryLost)
            {
                lock (state.Gate)
                {
                    book.DistrustAll(state.Collections);
                }

                return;
            }
        }
    }

    private async Task FollowAsync(ClusterTime since, CancellationToken cancellationToken)
    {
        var request = new ChangeStreamRequest(RawDocument.Empty, since, KeysOnly: true, settings.ChangeAwaitTime);
        await using var stream = await retry.RunAsync(
            token => source.OpenChangesAsync(request, token),
            cancellationToken
        );
        while (true)
        {
            using var batch = await stream.NextAsync(cancellationToken);
            Watch(batch);
            if (ResumeToken.TimeOf(batch.PostBatchResumeToken).Previous() >= position)
            {
                return;
            }

            if (batch.Events.Count == 0)
            {
                // The stream of an idle source says how far it is only when something has come after that.
                _ = await retry.RunAsync(token => source.AppendNoteAsync("godwit: watch", token), cancellationToken);
            }
        }
    }

    private void Watch(ChangeBatch batch)
    {
        lock (state.Gate)
        {
            foreach (var document in batch.Events)
            {
                var change = ChangeEvent.Parse(document);
                if (change.IsData && state.Find(change.Collection) is { } collection)
                {
                    book.Watch(collection, collection.Hash(FollowedCollection.KeyOf(change.Id)), change.Id);
                }
            }
        }
    }
}
