using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>Documents of a range that the destination has acknowledged by a majority.</summary>
/// <param name="Size">How many, and their bytes.</param>
/// <param name="LastId">The <c>_id</c> of the last one; those before it in order are written, too.</param>
internal readonly record struct MovedBatch(CollectionSize Size, RawValue LastId);
