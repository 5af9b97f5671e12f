using Godwit.Bson;

namespace Godwit.Sandbox.Reading;

/// <summary>The string order a command asks for.</summary>
internal static class Collations
{
    /// <summary>The order of a <c>collation</c> argument; <see langword="null"/> for that of bytes.</summary>
    internal static IStringCollation? Of(RawDocument? collation)
    {
        _ = collation;
        return null;
    }
}
