using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>Reads a range on both sides at once and sums it up (S21); on whichever host.</summary>
internal sealed class RangeSummer(ISourceCluster source, IDestinationCluster destination, ReadPacer? pacer = null)
{
    /// <summary>Sums a range up.</summary>
    /// <exception cref="Faults.ClusterException">A snapshot is gone, or a cluster fails.</exception>
    internal async Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken)
    {
        var read = source.ReadRangeAsync(pair.Source, cancellationToken);
        var ours = DocumentSums.OfRangeAsync(
            destination.ReadRangeAsync(pair.Destination, cancellationToken),
            cancellationToken
        );
        var theirs = await DocumentSums.OfRangeAsync(
            pacer is null ? read : pacer.PaceAsync(read, cancellationToken),
            cancellationToken
        );
        return new(theirs, await ours);
    }
}
