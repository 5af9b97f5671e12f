using Godwit.Bson;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Reading;

/// <summary>The filters of commands that list things.</summary>
internal static class Filtering
{
    /// <summary>Whether a document matches a filter.</summary>
    internal static Func<RawDocument, bool> Of(RawDocument filter) => Filter.Parse(filter, QueryContext.Plain).Matches;
}
