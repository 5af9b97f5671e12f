using Godwit.Engine.Verifying;

namespace Godwit.Engine.Copying;

/// <summary>
/// Where ranges are moved and summed up: in this process, or on hosts that come and go. All decisions about ranges stay here.
/// </summary>
internal interface IRangeHosts
{
    /// <summary>Waits until there is room for one more range.</summary>
    Task<IRangeHost> RentAsync(CancellationToken cancellationToken);
}

/// <summary>Room for one range at a time; disposed to give it back.</summary>
internal interface IRangeHost : IDisposable
{
    /// <inheritdoc cref="RangeMover.MoveAsync"/>
    IAsyncEnumerable<MovedBatch> MoveAsync(RangeMove move, CancellationToken cancellationToken);

    /// <inheritdoc cref="RangeSummer.SumAsync"/>
    Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken);
}
