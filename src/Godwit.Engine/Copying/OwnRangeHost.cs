namespace Godwit.Engine.Copying;

/// <summary>This process moves ranges itself, as many as it has copiers.</summary>
internal sealed class OwnRangeHost(RangeMover mover) : IRangeHosts, IRangeHost
{
    public Task<IRangeHost> RentAsync(CancellationToken cancellationToken) => Task.FromResult<IRangeHost>(this);

    public IAsyncEnumerable<MovedBatch> MoveAsync(RangeMove move, CancellationToken cancellationToken) =>
        mover.MoveAsync(move, cancellationToken);

    public void Dispose()
    {
        // Nothing is held: room is bounded by the number of copiers and their bytes.
    }
}
