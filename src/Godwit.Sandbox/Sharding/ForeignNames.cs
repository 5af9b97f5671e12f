using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>The other collections that a pipeline reads or writes.</summary>
internal static class ForeignNames
{
    /// <summary>Those it reads.</summary>
    internal static IEnumerable<Namespace> Read(IEnumerable<RawDocument> stages, string database) =>
        stages.Where(stage => !stage.IsEmpty).SelectMany(stage => Read(stage.First(), database));

    /// <summary>The one that its last stage writes to.</summary>
    internal static Namespace? Written(IReadOnlyList<RawDocument> stages, string database)
    {
        if (stages.Count == 0 || stages[^1].IsEmpty)
        {
            return null;
        }

        var last = stages[^1].First();
        return last.Name switch
        {
            "$out" => Target(last.Value, database),
            "$merge" => Target(
                last.Value.Type == BsonType.Document ? last.Value.AsDocument["into"] : last.Value,
                database
            ),
            _ => null,
        };
    }

    private static IEnumerable<Namespace> Read(RawElement stage, string database)
    {
        switch (stage.Name)
        {
            case "$lookup" or "$graphLookup" when stage.Type == BsonType.Document:
                var lookup = stage.Value.AsDocument;
                return Named(lookup["from"], database).Concat(Inside(lookup["pipeline"], database));
            case "$unionWith":
                return stage.Type == BsonType.Document
                    ? Named(stage.Value.AsDocument["coll"], database)
                        .Concat(Inside(stage.Value.AsDocument["pipeline"], database))
                    : Named(stage.Value, database);
            case "$facet" when stage.Type == BsonType.Document:
                return stage.Value.AsDocument.SelectMany(facet => Inside(facet.Value, database));
            default:
                return [];
        }
    }

    private static IEnumerable<Namespace> Named(RawValue value, string database) =>
        value.Type == BsonType.String ? [new(database, value.AsString)] : [];

    private static IEnumerable<Namespace> Inside(RawValue pipeline, string database) =>
        pipeline.Type == BsonType.Array
            ? Read(
                pipeline.AsDocument.Values().Where(stage => stage.Type == BsonType.Document).Select(s => s.AsDocument),
                database
            )
            : [];

    private static Namespace? Target(RawValue value, string database) =>
        value.Type switch
        {
            BsonType.String => new(database, value.AsString),
            BsonType.Document when value.AsDocument["coll"] is { Type: BsonType.String } name => new(
                value.AsDocument["db"] is { Type: BsonType.String } other ? other.AsString : database,
                name.AsString
            ),
            _ => null,
        };
}
