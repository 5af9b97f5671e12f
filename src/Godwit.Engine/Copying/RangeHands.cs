using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>Who moves and sums ranges for a migration.</summary>
/// <param name="Own">This process.</param>
/// <param name="Others">Other hosts; <see langword="null"/> where the migration is not shared.</param>
internal sealed record RangeHands(IRangeHosts Own, IRangeHosts? Others)
{
    /// <summary>Puts them together, all held to the limits of the source.</summary>
    internal static RangeHands Of(
        ISourceCluster source,
        IDestinationCluster destination,
        IRangeHosts? others,
        RetryPolicy retry,
        ReadPacer pacer
    ) =>
        new(
            new OwnRangeHost(new(source, destination, retry, pacer), new(source, destination, pacer)),
            others is null ? null : new PacedRangeHosts(others, pacer)
        );
}
