using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>The events of entries that change no data but where data belong: a collection sharded, its key refined, resharded.</summary>
internal static class ShardingEvents
{
    /// <summary>The event of a no-op entry, if it is one of these and the stream shows it.</summary>
    internal static IEnumerable<ChangeEvent> Build(OplogOperation operation, ChangeStreamSpecification specification)
    {
        if (
            !specification.ShowExpandedEvents
            || operation.Operation["o2"] is not { Type: BsonType.Document } second
            || second.AsDocument is not { IsEmpty: false } content
            || content.First() is var first && first.Type != BsonType.String
            || !IsShown(first.Name, specification)
        )
        {
            return [];
        }

        var ns = Namespace.Parse(first.Value.AsString);
        if (!specification.Scope.Covers(ns, specification.ShowSystemEvents))
        {
            return [];
        }

        RawValue description = ChangeEventBuilder.Without(content, first.Name);
        return
        [
            new()
            {
                ClusterTime = operation.Time,
                OperationType = first.Name,
                WallTime = operation.WallTime,
                Namespace = ns,
                CollectionUuid = operation.CollectionUuid,
                OperationDescription = description,
                Token = ChangeEvent.MakeToken(
                    operation.Time,
                    operation.Index,
                    operation.CollectionUuid,
                    first.Name,
                    default,
                    description
                ),
            },
        ];
    }

    private static bool IsShown(string type, ChangeStreamSpecification specification) =>
        type is "shardCollection" or "refineCollectionShardKey" or "reshardCollection"
        || (type is "migrateLastChunkFromShard" && specification.ShowSystemEvents);
}
