using System.Runtime.CompilerServices;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>Reads a range at its snapshot and inserts it batch by batch, as it was read (S7, S14, S17); on whichever host.</summary>
internal sealed class RangeMover(
    ISourceCluster source,
    IDestinationCluster destination,
    RetryPolicy retry,
    ReadPacer? pacer = null
)
{
    /// <summary>Moves a range.</summary>
    /// <param name="move">Which.</param>
    /// <param name="cancellationToken">Stops; whatever was sent may still arrive until the tickets are closed.</param>
    /// <returns>Each batch once it is acknowledged.</returns>
    /// <exception cref="LeftoverException">A document of the range is on the destination already.</exception>
    /// <exception cref="ClusterException">The snapshot is gone, or a cluster fails.</exception>
    internal async IAsyncEnumerable<MovedBatch> MoveAsync(
        RangeMove move,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var name = move.Read.Collection.Name;
        var ids = new RepeatedIds(name, move.MayRepeatIds);
        var read = source.ReadRangeAsync(move.Read, cancellationToken);
        await foreach (var batch in pacer is null ? read : pacer.PaceAsync(read, cancellationToken))
        {
            using (batch)
            {
                ids.Look(batch);
                var command = new WriteCommand(move.Destination, WriteKind.Insert, batch, move.IsOrdered);
                var ticket = move.Tickets.Next();
                var repeated = await Inserts.SendAsync(
                    destination,
                    retry,
                    ticket,
                    command,
                    name,
                    move.MayRepeat,
                    cancellationToken
                );
                var written = batch.Count - repeated;
                var id = batch.Last["_id"u8];
                yield return new(
                    new(written, (long)batch.Bytes.Length * written / batch.Count),
                    new(id.Type, id.Bytes.ToArray())
                );
            }
        }
    }
}
