using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>A shard as <c>config.shards</c> has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Host">Set name and members.</param>
/// <param name="IsDraining">Whether it is to be removed, and takes nothing any more.</param>
/// <param name="Zones">The zones it is in.</param>
internal sealed record ShardEntry(string Name, string Host, bool IsDraining, IReadOnlyList<string> Zones)
{
    /// <summary>The name of its replica set.</summary>
    internal string SetName => Host.Split('/')[0];

    /// <summary>The document, as far as it is known here.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "_id", Name },
            { "host", Host },
            { "draining", IsDraining },
            { "tags", RawValue.Array(Zones.Select(RawValue.String)) },
        }.Build();

    /// <summary>Reads a document of <c>config.shards</c>.</summary>
    internal static ShardEntry FromDocument(RawDocument document) =>
        new(
            document["_id"].AsString,
            document["host"].AsString,
            document["draining"].IsTruthy(),
            document["tags"] is { Type: BsonType.Array } tags
                ? [.. tags.AsDocument.Values().Select(tag => tag.AsString)]
                : []
        );
}
