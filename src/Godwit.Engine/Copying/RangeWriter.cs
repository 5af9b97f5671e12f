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

    /// <summary>Tickets for the inserts of a range, on whichever host: later ones of this copier close those that are left.</summary>
    internal TicketBlock NextBlock() => slots.NextBlock(slot);

    /// <summary>Inserts a batch as it was read.</summary>
    internal Task InsertAsync(
        FollowedCollection collection,
        DocumentBatch batch,
        CancellationToken cancellationToken
    ) =>
        Inserts.SendAsync(
            destination,
            retry,
            slots.Next(slot),
            new(collection.Destination, WriteKind.Insert, batch, Ordered: collection.IsCapped),
            collection.Source.Name,
            mayBeThere: false,
            cancellationToken
        );

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
