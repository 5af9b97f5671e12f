using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary>A predicate on one value; the path to the value is another's business.</summary>
internal interface IValueTest
{
    /// <summary>What happens with an array at the end of the path.</summary>
    LeafArrays LeafArrays { get; }

    /// <summary>Whether the value, which may be absent, passes.</summary>
    bool Matches(RawValue value, MatchTrace? trace);
}
