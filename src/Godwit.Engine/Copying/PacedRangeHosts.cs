using Godwit.Engine.Pacing;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Copying;

/// <summary>Other hosts, held to the limits of the source (S35): what they have read is not asked for faster than may be read.</summary>
internal sealed class PacedRangeHosts(IRangeHosts hosts, ReadPacer pacer) : IRangeHosts
{
    public async Task<IRangeHost> RentAsync(CancellationToken cancellationToken) =>
        new PacedRangeHost(await hosts.RentAsync(cancellationToken), pacer);

    private sealed class PacedRangeHost(IRangeHost host, ReadPacer pacer) : IRangeHost
    {
        public IAsyncEnumerable<MovedBatch> MoveAsync(RangeMove move, CancellationToken cancellationToken) =>
            pacer.PaceAsync(host.MoveAsync(move, cancellationToken), moved => moved.Size, cancellationToken);

        public Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken) =>
            pacer.PaceAsync(
                host.SumAsync(pair, cancellationToken),
                sums => new(sums.Source.Documents, sums.Source.Bytes),
                cancellationToken
            );

        public void Dispose() => host.Dispose();
    }
}
