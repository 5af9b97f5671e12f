using System.Collections.Concurrent;
using Godwit.Bson;

namespace Godwit.Bench.NullServers;

/// <summary>The only documents a null sink keeps: the engine's own progress, which it reads back.</summary>
internal sealed class ReservedDocuments
{
    public const string Database = "godwit_reserved";
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<RawValue, RawDocument>> collections = new(
        StringComparer.Ordinal
    );

    public bool IsEmpty => collections.IsEmpty;

    public IEnumerable<RawDocument> Read(string collection) =>
        collections.TryGetValue(collection, out var documents) ? documents.Values : [];

    /// <summary>Carries out replacements and <c>$set</c>s of whole fields, all of which upsert.</summary>
    public void Update(string collection, RawDocument statement)
    {
        var id = statement["q"].AsDocument["_id"];
        var update = statement["u"].AsDocument;
        var fresh = update["$set"] is { Type: BsonType.Document } fields
            ? Set(id, Of(collection).GetValueOrDefault(id, RawDocument.Empty), fields.AsDocument)
            : update;
        Of(collection)[id] = fresh;
    }

    public void Delete(string collection, RawDocument statement) =>
        Of(collection).TryRemove(statement["q"].AsDocument["_id"], out _);

    private ConcurrentDictionary<RawValue, RawDocument> Of(string collection) =>
        collections.GetOrAdd(collection, _ => new());

    private static RawDocument Set(RawValue id, RawDocument before, RawDocument fields)
    {
        var after = new DocumentBuilder { { "_id", id } };
        foreach (var field in before)
        {
            if (field.Name != "_id" && !fields.Has(field.Name))
            {
                after.Add(field);
            }
        }

        return after.AddAll(fields).Build();
    }
}
