using Godwit.Engine.Verifying;

namespace Godwit.Cluster.Messages;

/// <summary><see cref="DocumentSums"/> on their way.</summary>
[GenerateSerializer]
internal sealed record SumsText(
    [property: Id(0)] UInt128 Sum,
    [property: Id(1)] UInt128 Chain,
    [property: Id(2)] long Documents,
    [property: Id(3)] long Bytes
)
{
    internal static SumsText Of(DocumentSums sums) => new(sums.Sum, sums.Chain, sums.Documents, sums.Bytes);

    internal DocumentSums ToSums() => DocumentSums.Of(Sum, Chain, Documents, Bytes);
}
