namespace Godwit.Cluster.Messages;

/// <summary>Documents of a range that a host has moved, as <see cref="Engine.Copying.MovedBatch"/> says it.</summary>
[GenerateSerializer]
internal sealed record MovedNote(
    [property: Id(0)] long Documents,
    [property: Id(1)] long Bytes,
    [property: Id(2)] byte LastIdType,
    [property: Id(3)] byte[] LastId
);
