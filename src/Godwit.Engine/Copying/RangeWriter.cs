using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>One copier's hand on the destination: inserts batches as they come, and removes leftovers key by key (S7, S14, S17).</summary>
internal sealed class RangeWriter(IDestinationCluster destination, WriteSlots slots, int slot, RetryPolicy retry)
{
    private const int DeletesMax = 10_000;

    /// <summary>Inserts a batch as it was read.</summary>
    internal async Task InsertAsync(
        FollowedCollection collection,
        DocumentBatch batch,
        CancellationToken cancellationToken
    )
    {
        var command = new WriteCommand(collection.Destination, WriteKind.Insert, batch, Ordered: collection.IsCapped);
        var ticket = slots.Next(slot);
        var outcome = await retry.RunAsync(token => destination.WriteAsync(ticket, command, token), cancellationToken);
        foreach (var error in outcome.Errors)
        {
            if (error.Code == ServerCodes.DuplicateKey)
            {
                throw new LeftoverException();
            }

            throw new MigrationFailedException(
                "DocumentRefused",
                $"The destination refuses a document of {collection.Source.Name}: {error.Message}",
                "Change or remove the document on the source, then run the migration again."
            );
        }
    }

    /// <summary>
    /// Removes every document of the range from the destination: keys are listed and deleted singly, since a multi-delete whose answer
    /// was lost could still be running when the range is written anew.
    /// </summary>
    internal async Task CleanAsync(FollowedCollection collection, CopyRange range, CancellationToken cancellationToken)
    {
        var now = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        var read = collection.ReadOfCopy(range, now.OperationTime) with { KeysOnly = true, DocumentBytes = 0 };
        var ids = new List<RawValue>();
        await foreach (var batch in destination.ReadRangeAsync(read, cancellationToken))
        {
            using (batch)
            {
                foreach (var document in batch)
                {
                    var id = document["_id"u8];
                    ids.Add(new(id.Type, id.Bytes.ToArray()));
                }
            }
        }

        await DeleteAsync(collection, ids, cancellationToken);
    }

    /// <summary>
    /// Whatever this copier has sent and not got answered executes no more: another one may write the range next, in a session of its
    /// own (S17).
    /// </summary>
    internal Task FenceAsync(CancellationToken cancellationToken)
    {
        var ticket = slots.Next(slot);
        return retry.RunAsync(token => destination.FenceAsync(ticket, token), cancellationToken);
    }

    /// <summary>Deletes documents singly by <c>_id</c>.</summary>
    internal async Task DeleteAsync(
        FollowedCollection collection,
        IEnumerable<RawValue> ids,
        CancellationToken cancellationToken
    )
    {
        var deletes = new StatementWriter();
        foreach (var some in ids.Chunk(DeletesMax))
        {
            deletes.Clear();
            Array.ForEach(some, deletes.AddDelete);
            var command = new WriteCommand(collection.Destination, WriteKind.Delete, deletes.ToBatch(), Ordered: false);
            var ticket = slots.Next(slot);
            _ = await retry.RunAsync(token => destination.WriteAsync(ticket, command, token), cancellationToken);
        }
    }
}
