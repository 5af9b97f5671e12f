using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Recovery;

/// <summary>A copied range as the reserved database keeps it: one document each (S35).</summary>
/// <param name="Collection">The source collection's UUID.</param>
/// <param name="Destination">
/// The UUID of what it was copied into: a collection that left the filter and came back is copied into another one.
/// </param>
/// <param name="Number">Its number within the collection.</param>
/// <param name="AsOf">Its as-of time.</param>
/// <param name="Lower">First <c>_id</c>; missing for none.</param>
/// <param name="Upper">First <c>_id</c> no more inside; missing for none.</param>
/// <param name="Size">What it held when it was copied.</param>
/// <param name="Proof">What a comparison found in it, if both sides were equal as of <see cref="SavedProof"/>.</param>
internal sealed record SavedRange(
    Guid Collection,
    Guid Destination,
    int Number,
    ClusterTime AsOf,
    RawValue Lower,
    RawValue Upper,
    CollectionSize Size,
    RangeProof? Proof = null
)
{
    internal static SavedRange Of(Guid collection, Guid destination, CopyRange range, RangeProof? proof = null) =>
        new(collection, destination, range.Number, range.AsOf, range.Lower.Id, range.Upper.Id, range.Size, proof);

    internal static SavedRange Parse(RawDocument document) =>
        new(
            Guid.Parse(document["collection"].AsString),
            Guid.Parse(document["destination"].AsString),
            document["number"].AsInt32,
            document["asOf"].AsTimestamp,
            document["lower"],
            document["upper"],
            new(document["documents"].AsInt64, document["bytes"].AsInt64),
            RangeProof.Parse(document)
        );

    internal string Id => FormattableString.Invariant($"{Collection}/{Destination}/{Number}");

    internal RawDocument ToDocument()
    {
        var document = new DocumentBuilder
        {
            { "_id", Id },
            { "collection", Collection.ToString() },
            { "destination", Destination.ToString() },
            { "number", Number },
            { "asOf", AsOf },
            { "lower", Lower },
            { "upper", Upper },
            { "documents", Size.Documents },
            { "bytes", Size.Bytes },
        };
        Proof?.AddTo(document);
        return document.Build();
    }
}
