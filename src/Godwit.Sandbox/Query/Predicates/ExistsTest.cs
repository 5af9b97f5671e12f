using Godwit.Bson;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary><c>$exists: true</c>.</summary>
internal sealed class ExistsTest : IValueTest
{
    internal static readonly ExistsTest Instance = new();

    private ExistsTest() { }

    public LeafArrays LeafArrays => LeafArrays.ElementsAndArray;

    public bool Matches(RawValue value, MatchTrace? trace) => !value.IsMissing;
}
