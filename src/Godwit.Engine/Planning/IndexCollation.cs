using Godwit.Bson;

namespace Godwit.Engine.Planning;

/// <summary>
/// Says of an index that it compares strings byte by byte where its collection does otherwise: listed, such an index has no collation,
/// but created without one it gets the collection's (MongoDB's <c>index_key_validate.cpp</c>). Shard keys need such indexes.
/// </summary>
internal static class IndexCollation
{
    private const int FirstVersionWithCollation = 2;
    private static readonly RawDocument Simple = new DocumentBuilder { { "locale", "simple" } }.Build();

    /// <summary>The specification to create an index with that is to be as listed.</summary>
    /// <param name="index">The specification as listed.</param>
    /// <param name="options">The options of its collection.</param>
    internal static RawDocument Explicit(RawDocument index, RawDocument options) =>
        options.Has("collation")
        && !index.Has("collation")
        && (index["v"].ToInt64() ?? FirstVersionWithCollation) >= FirstVersionWithCollation
            ? new DocumentBuilder(index.Length + 64).AddAll(index).Add("collation", Simple).Build()
            : index;
}
