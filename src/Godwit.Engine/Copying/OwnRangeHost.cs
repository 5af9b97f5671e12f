using Godwit.Engine.Verifying;

namespace Godwit.Engine.Copying;

/// <summary>This process moves and sums ranges itself, as many as it has workers for.</summary>
internal sealed class OwnRangeHost(RangeMover mover, RangeSummer summer) : IRangeHosts, IRangeHost
{
    public Task<IRangeHost> RentAsync(CancellationToken cancellationToken) => Task.FromResult<IRangeHost>(this);

    public IAsyncEnumerable<MovedBatch> MoveAsync(RangeMove move, CancellationToken cancellationToken) =>
        mover.MoveAsync(move, cancellationToken);

    public Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken) =>
        summer.SumAsync(pair, cancellationToken);

    public void Dispose()
    {
        // Nothing is held: room is bounded by the number of workers and their bytes.
    }
}
