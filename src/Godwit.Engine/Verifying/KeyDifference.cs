using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Engine.Planning;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Verifying;

/// <summary>A key whose documents are not the same on both sides.</summary>
/// <param name="Key">The key.</param>
/// <param name="Id">Its <c>_id</c>.</param>
/// <param name="Source">Hash of the source's document; <see langword="null"/> if there is none.</param>
/// <param name="Destination">Hash of the destination's document; <see langword="null"/> if there is none.</param>
internal readonly record struct KeyDifference(KeyHash Key, RawValue Id, UInt128? Source, UInt128? Destination)
{
    private string What =>
        Source is null ? "not on the source"
        : Destination is null ? "missing on the destination"
        : "different";

    internal ReportedDifference Report(Namespace name, DateTimeOffset foundAt) =>
        new(
            name.ToString(),
            ExtendedJsonWriter.Write(Id, ExtendedJsonForm.Relaxed),
            What,
            DocumentSums.TextOf(Source),
            DocumentSums.TextOf(Destination),
            foundAt,
            IsHealed: false
        );
}
