using Godwit.Bson;
using Godwit.Sandbox.Indexes;

namespace Godwit.Sandbox.Catalog;

/// <summary>An index of a collection as the catalog keeps it. Never changed in place.</summary>
/// <param name="Ident">Where its entries are stored; never used again.</param>
/// <param name="Spec">The specification as <c>listIndexes</c> shows it.</param>
internal sealed record IndexInfo(uint Ident, RawDocument Spec)
{
    /// <summary>The specification of the index on <c>_id</c>.</summary>
    internal static readonly RawDocument IdSpec = new DocumentBuilder
    {
        { "v", 2 },
        {
            "key",
            new DocumentBuilder { { "_id", 1 } }
        },
        { "name", "_id_" },
    }.Build();

    private string? name;
    private IndexKeys? keys;

    /// <summary>The build this index is still part of; <see langword="null"/> once it is ready.</summary>
    internal Guid? BuildUuid { get; init; }

    /// <summary>
    /// Rises when the index is changed: writers check a changed index after the others, until the process starts anew. It decides
    /// which of several duplicate keys an error names.
    /// </summary>
    internal int Rank { get; init; }

    /// <summary>Its name.</summary>
    internal string Name => name ??= Spec["name"].AsString;

    /// <summary>What makes its keys.</summary>
    internal IndexKeys Keys => keys ??= IndexKeys.Of(Spec);

    /// <summary>The key pattern.</summary>
    internal RawDocument Key => Spec["key"].AsDocument;

    /// <summary>Whether it is the index on <c>_id</c> alone.</summary>
    internal bool IsIdIndex => Name == "_id_";

    /// <summary>Whether two documents may not have one key.</summary>
    internal bool IsUnique => IsIdIndex || Spec["unique"].IsTruthy();

    /// <summary>Whether new duplicates are refused ahead of a conversion to unique.</summary>
    internal bool IsPrepareUnique => Spec["prepareUnique"].IsTruthy();

    /// <summary>Whether the planner may not use it.</summary>
    internal bool IsHidden => Spec["hidden"].IsTruthy();

    /// <summary>Whether reads and uniqueness may rely on it.</summary>
    internal bool IsReady => BuildUuid is null;

    /// <summary>As stored in the catalog.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "ident", (long)Ident },
            { "spec", Spec },
            { "build", BuildUuid is { } uuid ? RawValue.Uuid(uuid) : default },
        }.Build();

    /// <summary>From what <see cref="ToDocument"/> gave.</summary>
    internal static IndexInfo FromDocument(RawDocument document) =>
        new((uint)document["ident"].AsInt64, document["spec"].AsDocument)
        {
            BuildUuid = document.TryGet("build", out var build) ? build.AsUuid : null,
        };
}
