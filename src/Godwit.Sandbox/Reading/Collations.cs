using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Reading;

/// <summary>The string order a command asks for.</summary>
internal static class Collations
{
    /// <summary>The order of a <c>collation</c> argument, or that of the collection where there is none; <see langword="null"/> for that of bytes.</summary>
    internal static IStringCollation? Of(RawDocument? collation, CollectionInfo? collection = null)
    {
        if (collation is not { IsEmpty: false } given)
        {
            return collection?.Collation;
        }

        return CollationSpec.Complete(given) is { } complete ? Collation.Of(complete) : null;
    }
}
