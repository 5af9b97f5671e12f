using Godwit.Bson;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Indexes;

/// <summary>One field of an index's key pattern.</summary>
/// <param name="Path">The field.</param>
/// <param name="IsDescending">Whether it sorts from high to low.</param>
/// <param name="IsHashed">Whether the hash of the value stands for the value.</param>
internal sealed record IndexPart(FieldPath Path, bool IsDescending, bool IsHashed)
{
    internal static IndexPart Of(RawElement element) =>
        new(
            new(element.Name),
            element.Value.IsNumber && ValueComparer.Compare(element.Value, 0) < 0,
            element.Value is { Type: BsonType.String, AsString: "hashed" }
        );
}
