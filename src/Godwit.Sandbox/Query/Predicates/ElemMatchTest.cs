using Godwit.Bson;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary><c>$elemMatch</c>: one element of an array passes everything at once.</summary>
internal sealed class ElemMatchTest : IValueTest
{
    private readonly FilterNode node;
    private readonly bool isOnValues;

    private ElemMatchTest(FilterNode node, bool isOnValues)
    {
        this.node = node;
        this.isOnValues = isOnValues;
    }

    public LeafArrays LeafArrays => LeafArrays.Whole;

    /// <summary>What the element must pass.</summary>
    internal FilterNode Inner => node;

    /// <summary>Whether elements are tested as values, not as documents with fields.</summary>
    internal bool IsOnValues => isOnValues;

    internal static ElemMatchTest OnValues(FilterNode node) => new(node, isOnValues: true);

    internal static ElemMatchTest OnDocuments(FilterNode node) => new(node, isOnValues: false);

    public bool Matches(RawValue value, MatchTrace? trace)
    {
        if (value.Type != BsonType.Array || FindIndex(value.AsDocument) is not { } index)
        {
            return false;
        }

        if (trace is not null)
        {
            trace.ArrayOffset = index;
        }

        return true;
    }

    /// <summary>The place of the first element that passes.</summary>
    internal int? FindIndex(RawDocument array)
    {
        var index = 0;
        foreach (var element in array)
        {
            if (Passes(element.Value))
            {
                return index;
            }

            index++;
        }

        return null;
    }

    private bool Passes(RawValue element) =>
        isOnValues
            ? node.MatchesElement(element)
            : element.Type is BsonType.Document or BsonType.Array && node.Matches(element.AsDocument, null);
}
