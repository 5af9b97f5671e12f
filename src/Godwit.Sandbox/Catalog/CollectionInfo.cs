using System.Collections.Immutable;
using Godwit.Bson;

namespace Godwit.Sandbox.Catalog;

/// <summary>A collection or view as the catalog keeps it. Never changed in place: every change makes another one.</summary>
/// <param name="Namespace">Its name at present.</param>
/// <param name="Ident">Where its records are stored; never used again.</param>
/// <param name="Uuid">Its identity over renames.</param>
/// <param name="Options">The options as <c>listCollections</c> shows them.</param>
internal sealed record CollectionInfo(Namespace Namespace, uint Ident, Guid Uuid, RawDocument Options)
{
    /// <summary>The indexes in the order they were made, unfinished ones included.</summary>
    internal ImmutableArray<IndexInfo> Indexes { get; init; } = [];

    /// <summary>Whether it is a view: no records, but a pipeline over something else.</summary>
    internal bool IsView => Options.Has("viewOn");

    /// <summary>Whether its size is limited.</summary>
    internal bool IsCapped => Options["capped"].IsTruthy();

    /// <summary>The most bytes a capped collection holds.</summary>
    internal long CappedBytesMax => Options["size"].ToInt64() ?? long.MaxValue;

    /// <summary>The most documents a capped collection holds.</summary>
    internal long CappedRecordsMax => Options["max"].ToInt64() is { } max and > 0 ? max : long.MaxValue;

    /// <summary>Whether records are stored in the order of <c>_id</c>, without an index on it.</summary>
    internal bool IsClustered => Options.Has("clusteredIndex");

    /// <summary>Whether change streams get the documents before and after a change.</summary>
    internal bool KeepsPreAndPostImages =>
        Options["changeStreamPreAndPostImages"] is { Type: BsonType.Document } images
        && images.AsDocument["enabled"].IsTruthy();

    /// <summary>Whether its writes go to the oplog.</summary>
    internal bool IsReplicated => IsReplicatedName(Namespace);

    /// <summary>Whether its making and its end go to the oplog: so do those of collections that each member writes to by itself.</summary>
    internal bool IsMadeByOplog => Namespace.Database != "local" && Namespace.Collection != "system.profile";

    /// <summary>How its strings compare where a command says nothing else.</summary>
    internal IStringCollation? Collation => Query.Collation.Of(Options["collation"]);

    /// <summary>The index on <c>_id</c>, if it has one.</summary>
    internal IndexInfo? IdIndex => Indexes.FirstOrDefault(index => index.IsIdIndex);

    /// <summary>Whether writes to a namespace go to the oplog.</summary>
    internal static bool IsReplicatedName(Namespace ns) =>
        ns.Database != "local"
        && ns.Collection != "system.profile"
        && !(ns.Database == "config" && ns.Collection is "transactions" or "image_collection" or "system.preimages");

    /// <summary>The index of a name.</summary>
    internal IndexInfo? FindIndex(string name) => Indexes.FirstOrDefault(index => index.Name == name);

    /// <summary>With an index changed.</summary>
    internal CollectionInfo With(IndexInfo index) =>
        this with
        {
            Indexes = [.. Indexes.Select(other => other.Ident == index.Ident ? index : other)],
        };

    /// <summary>As stored in the catalog.</summary>
    internal RawDocument ToDocument()
    {
        var indexes = RawValue.Array(Indexes.Select(index => RawValue.Document(index.ToDocument())));
        return new DocumentBuilder
        {
            { "ns", Namespace.ToString() },
            { "ident", (long)Ident },
            { "uuid", RawValue.Uuid(Uuid) },
            { "options", Options },
            { "indexes", indexes },
        }.Build();
    }

    /// <summary>From what <see cref="ToDocument"/> gave.</summary>
    internal static CollectionInfo FromDocument(RawDocument document) =>
        new(
            Namespace.Parse(document["ns"].AsString),
            (uint)document["ident"].AsInt64,
            document["uuid"].AsUuid,
            document["options"].AsDocument
        )
        {
            Indexes =
            [
                .. document["indexes"].AsDocument.Values().Select(value => IndexInfo.FromDocument(value.AsDocument)),
            ],
        };
}
