using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>Which indexes the destination gets, as mongosync names the choices (<c>buildIndexes</c>).</summary>
internal enum IndexSelection
{
    /// <summary>Every index of the source.</summary>
    All,

    /// <summary>All but hashed ones.</summary>
    WithoutHashed,

    /// <summary>What the server makes itself, and what shard keys stand on: people make the others afterwards.</summary>
    Required,
}

/// <summary>What a selection leaves of a collection's indexes.</summary>
internal static class IndexSelections
{
    /// <summary>The collection as if it had no other indexes. One that supports its shard key stays.</summary>
    internal static CollectionDescription Leave(
        this IndexSelection selection,
        CollectionDescription one,
        ShardingOptions? sharding
    )
    {
        var key = one.ShardKey ?? sharding?.KeyFor(one);
        return one with
        {
            Indexes = [.. one.Indexes.Where(IsWanted)],
            BuildingIndexes = [.. one.BuildingIndexes.Where(IsWanted)],
        };

        bool IsWanted(RawDocument index) =>
            CataloguePlanner.IsIdIndex(index)
            || key?.IsSupportedBy(index) == true
            || selection == IndexSelection.All
            || (selection == IndexSelection.WithoutHashed && !IsHashed(index));
    }

    private static bool IsHashed(RawDocument index) =>
        index["key"].AsDocument.Values().Any(value => value.Type == BsonType.String && value.AsString == "hashed");
}
