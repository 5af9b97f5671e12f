using Godwit.Engine.Verifying;

namespace Godwit.Cluster.Messages;

/// <summary>A range that a host shall sum up: a <see cref="RangePair"/> on its way.</summary>
[GenerateSerializer]
internal sealed record SumOrder([property: Id(0)] RangeText Source, [property: Id(1)] RangeText Destination)
{
    internal static SumOrder Of(RangePair pair) => new(RangeText.Of(pair.Source), RangeText.Of(pair.Destination));

    internal RangePair ToPair() => new(Source.ToRead(), Destination.ToRead());
}
