using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>A range on both sides, each read as of the time at which they are to be the same (S21); by whoever has room for it.</summary>
/// <param name="Source">What to read on the source.</param>
/// <param name="Destination">What to read on the destination.</param>
internal sealed record RangePair(RangeRead Source, RangeRead Destination);

/// <summary>What a range holds on both sides.</summary>
/// <param name="Source">Of the source's documents.</param>
/// <param name="Destination">Of the destination's.</param>
internal sealed record RangeSums(DocumentSums Source, DocumentSums Destination);
