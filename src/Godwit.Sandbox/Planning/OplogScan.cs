using Godwit.Bson;
using Godwit.Sandbox.Query.Predicates;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Planning;

/// <summary>The oplog is stored by time: a lower bound on <c>ts</c> is where its scan begins.</summary>
internal static class OplogScan
{
    internal static CollectionScan? Of(CollectionReader reader, FilterPredicates predicates)
    {
        if (reader.Collection.Ident != Oplog.Ident)
        {
            return null;
        }

        var bound = predicates
            .Of("ts")
            .OfType<ComparisonTest>()
            .FirstOrDefault(test =>
                test.Value.Type == BsonType.Timestamp
                && test.Operator
                    is ComparisonOperator.Equal
                        or ComparisonOperator.Greater
                        or ComparisonOperator.GreaterOrEqual
            );
        return bound is null || bound.Value.AsTimestamp == ClusterTime.Zero
            ? null
            : new(After: KeyLayout.RecordKey((long)bound.Value.AsTimestamp.Packed - 1));
    }
}
