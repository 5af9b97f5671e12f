using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Contracts.Agents;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;

namespace Godwit.Agent.Inventory;

/// <summary>
/// What the collections of a replica set could be sharded by (B05): keys that an index supports and that the destination would not refuse,
/// and the hashed id. Which of them spreads the load is for people to know.
/// </summary>
internal static class ShardKeySuggestions
{
    private static readonly RawDocument HashedId = new DocumentBuilder { { "_id", "hashed" } }.Build();

    internal static IReadOnlyList<ReportedSourceCollection> Of(ClusterFacts facts) =>
        [
            .. facts
                .Namespaces.Where(one => one.Indexes is not null)
                .OrderByDescending(one => one.DataBytes)
                .Select(one => new ReportedSourceCollection(
                    one.Name.Database,
                    one.Name.Collection,
                    one.Documents,
                    one.DataBytes,
                    [
                        .. Keys(one)
                            .Select(key => ExtendedJsonWriter.Write(key.Pattern, ExtendedJsonForm.Relaxed))
                            .Distinct(),
                    ]
                )),
        ];

    private static IEnumerable<ShardKey> Keys(NamespaceFacts one)
    {
        var indexes = one.Indexes ?? [];
        return indexes
            .Where(index => new ShardKey(index["key"].AsDocument, false).IsSupportedBy(index))
            .Select(index => index["key"].AsDocument)
            .Append(HashedId)
            .Where(pattern => IsKey(pattern, one.ArrayFields))
            .Select(pattern => new ShardKey(pattern, false))
            // The id alone, by value, sends all that is new to one shard.
            .Where(key => !key.IsOfIdByValue)
            .Where(key => indexes.All(index => !index["unique"].IsTruthy() || key.CanKeepUnique(index)));
    }

    /// <summary>Whether it has the form of a shard key, and no document an array in one of its fields.</summary>
    private static bool IsKey(RawDocument pattern, IReadOnlyList<string> arrays) =>
        pattern.All<RawElement>(field =>
            !arrays.Contains(field.Name)
            && (field.Value.ToInt64() == 1 || (field.Type == BsonType.String && field.Value.AsString == "hashed"))
        )
        && pattern.Count<RawElement>(field => field.Type == BsonType.String) <= 1;
}
