using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Indexes;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Planning;

/// <summary>Ordered keys a query may be answered from: an index, or the records of a clustered collection.</summary>
/// <param name="Info">The index; <see langword="null"/> for the records themselves.</param>
/// <param name="Keys">What its keys are made of.</param>
/// <param name="Pattern">Its key pattern.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsMultikey">Whether a document may have several keys.</param>
internal sealed record PlannedIndex(IndexInfo? Info, IndexKeys Keys, RawDocument Pattern, string Name, bool IsMultikey)
{
    /// <summary>The parts of its key.</summary>
    internal IReadOnlyList<IndexPart> Parts => Keys.Parts;

    /// <summary>Whether it holds every document.</summary>
    internal bool IsComplete => !Keys.IsSparse && Keys.PartialFilter is null;

    /// <summary>All that may be used on a collection; hidden and unfinished ones are not.</summary>
    internal static IEnumerable<PlannedIndex> Of(CollectionReader reader)
    {
        var collection = reader.Collection;
        if (Clustered(collection) is { } records)
        {
            yield return records;
        }

        foreach (var index in collection.Indexes.Where(index => index.IsReady && !index.IsHidden))
        {
            if (!index.Keys.IsWithoutKeys && !index.Keys.IsWildcard)
            {
                yield return new(index, index.Keys, index.Key, index.Name, reader.IsMultikey(index));
            }
        }
    }

    /// <summary>The one a hint names; <see langword="null"/> if there is none.</summary>
    internal static PlannedIndex? Hinted(CollectionReader reader, RawValue hint) =>
        Of(reader)
            .FirstOrDefault(index =>
                hint.Type switch
                {
                    BsonType.String => index.Name == hint.AsString,
                    BsonType.Document => Writing.IndexCatalog.SameKey(index.Pattern, hint.AsDocument),
                    _ => false,
                }
            );

    private static PlannedIndex? Clustered(CollectionInfo collection)
    {
        // Buckets of a time-series collection say only that they are.
        var cluster = collection.Options["clusteredIndex"];
        if (!cluster.IsTruthy())
        {
            return null;
        }

        var pattern = new DocumentBuilder { { "_id", 1 } }.Build();
        var specification = new DocumentBuilder
        {
            { "key", pattern },
            { "collation", collection.Options["collation"] },
        }.Build();
        var name =
            cluster.Type == BsonType.Document && cluster.AsDocument["name"] is { Type: BsonType.String } text
                ? text.AsString
                : "_id_";
        return new(null, IndexKeys.Of(specification), pattern, name, false);
    }
}
