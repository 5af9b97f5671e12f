using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Follows the keys of everything that is written to the destination, by whomever (S22): a stray write after a range was verified puts
/// its key back among those to be compared.
/// </summary>
internal sealed class DestinationWatcher(
    SyncState state,
    IDestinationCluster destination,
    VerificationBook book,
    DefinitionVerifier definitions,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Pacing.Pulse moved = new();
    private RawDocument token = RawDocument.Empty;
    private ClusterTime? since;
    private bool hasGap;
    private ulong frontier;

    /// <summary>Everything that was written up to this time has been noted.</summary>
    internal ClusterTime Frontier => ClusterTime.FromPacked(Volatile.Read(ref frontier));

    /// <summary>Has it begin at a time, and at once: what was written since then is noted (S22). Before it runs.</summary>
    internal void GoOnFrom(ClusterTime time) => since = time;

    /// <summary>Completes when the stream is open: nothing written from then on is missed.</summary>
    internal Task StartedAsync(CancellationToken cancellationToken) => started.Task.WaitAsync(cancellationToken);

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        await state.UntilAsync(() => since is not null || state.IsNearlyCopied, cancellationToken);
        while (true)
        {
            try
            {
                var stream = await retry.RunAsync(OpenAsync, cancellationToken);
                await using (stream)
                {
                    if (hasGap)
                    {
                        Distrust();
                    }

                    await FollowAsync(stream, cancellationToken);
                }
            }
            catch (ClusterException fault) when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor)
            {
                // The stream is opened again after the last token.
                await retry.WaitAsync(cancellationToken);
            }
            catch (ClusterException fault) when (fault.Kind == FaultKind.HistoryLost)
            {
                (token, since, hasGap) = (RawDocument.Empty, null, true);
            }
        }
    }

    /// <summary>Waits until every write up to a time has been seen; a note moves an idle destination on.</summary>
    internal async Task ReachAsync(ClusterTime time, CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref frontier) < time.Packed)
        {
            var next = moved.Next;
            _ = await retry.RunAsync(token => destination.AppendNoteAsync("godwit: watch", token), cancellationToken);
            _ = await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(200), retry.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private Task<IChangeStream> OpenAsync(CancellationToken cancellationToken) =>
        destination.OpenChangesAsync(
            new(token, token.IsEmpty ? since : null, KeysOnly: true, settings.ChangeAwaitTime),
            cancellationToken
        );

    private async Task FollowAsync(IChangeStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var batch = await stream.NextAsync(cancellationToken);
            Note(batch);
            _ = started.TrySetResult();
        }
    }

    /// <summary>
    /// What was written between the stream that ended and this one is not known. Now that this one is open, everything is compared
    /// again.
    /// </summary>
    private void Distrust()
    {
        lock (state.Gate)
        {
            book.DistrustAll(state.Collections);
        }

        definitions.Distrust();
        hasGap = false;
    }

    private void Note(ChangeBatch batch)
    {
        lock (state.Gate)
        {
            var byDestination =
                batch.Events.Count == 0 ? [] : state.Collections.ToDictionary(one => one.Destination.Uuid);
            foreach (var document in batch.Events)
            {
                var change = ChangeEvent.Parse(document);
                if (change.Kind == EventKind.Definition)
                {
                    definitions.Distrust();
                }
                else if (change.IsData && byDestination.TryGetValue(change.Collection, out var collection))
                {
                    book.Watch(collection, collection.Hash(FollowedCollection.KeyOf(change.Id)), change.Id);
                }
            }
        }

        token = new(batch.PostBatchResumeToken.Bytes.ToArray());
        Volatile.Write(ref frontier, ResumeToken.TimeOf(token).Previous().Packed);
        moved.Set();
    }
}
