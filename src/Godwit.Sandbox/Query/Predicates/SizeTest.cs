using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary><c>$size</c>: an array of exactly so many elements.</summary>
internal sealed class SizeTest : IValueTest
{
    private readonly long size;

    private SizeTest(long size) => this.size = size;

    public LeafArrays LeafArrays => LeafArrays.Whole;

    internal static SizeTest Parse(RawValue value)
    {
        try
        {
            return new(QueryErrors.NonNegativeInteger("$size", value));
        }
        catch (CommandException refusal)
        {
            throw QueryErrors.BadValue($"Failed to parse $size. {refusal.Message}");
        }
    }

    public bool Matches(RawValue value, MatchTrace? trace) =>
        value.Type == BsonType.Array && value.AsDocument.Count() == size;
}
