using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>What commands that write documents need.</summary>
internal static class WriteRights
{
    /// <summary>The needs of an insert.</summary>
    internal static IEnumerable<Need> Insert(RightsQuery query) => Write(query, "insert");

    /// <summary>The needs of an update: an upsert inserts too.</summary>
    internal static IEnumerable<Need> Update(RightsQuery query) =>
        query.Documents("updates").Any(update => update["upsert"].IsTruthy())
            ? Write(query, "update", "insert")
            : Write(query, "update");

    /// <summary>The needs of a delete.</summary>
    internal static IEnumerable<Need> Delete(RightsQuery query) => Write(query, "remove");

    /// <summary>The needs of a findAndModify.</summary>
    internal static IEnumerable<Need> FindAndModify(RightsQuery query)
    {
        if (query.Body["remove"].IsTruthy())
        {
            return Write(query, "find", "remove");
        }

        return query.Body["upsert"].IsTruthy()
            ? Write(query, "find", "update", "insert")
            : Write(query, "find", "update");
    }

    /// <summary>The needs of a bulkWrite: those of each operation on its namespace.</summary>
    internal static IEnumerable<Need> Bulk(RightsQuery query)
    {
        var namespaces = query.Documents("nsInfo").Select(info => info["ns"]).ToList();
        var bypasses = query.Body["bypassDocumentValidation"].IsTruthy();
        foreach (var operation in query.Documents("ops"))
        {
            var first = operation.First();
            if (
                first.Value.ToInt64() is not { } index
                || index < 0
                || index >= namespaces.Count
                || namespaces[(int)index].Type != BsonType.String
            )
            {
                continue;
            }

            var resource = Resource.Of(Namespace.Parse(namespaces[(int)index].AsString));
            yield return Need.Of(resource, ActionsOf(first.Name, operation["upsert"].IsTruthy(), bypasses));
        }
    }

    private static string[] ActionsOf(string operation, bool isUpsert, bool bypasses)
    {
        string[] actions = operation switch
        {
            "insert" => ["insert"],
            "delete" => ["remove"],
            _ when isUpsert => ["update", "insert"],
            _ => ["update"],
        };
        return bypasses ? [.. actions, "bypassDocumentValidation"] : actions;
    }

    private static IEnumerable<Need> Write(RightsQuery query, params string[] actions) =>
        [
            Need.Of(
                query.Target,
                query.Body["bypassDocumentValidation"].IsTruthy() ? [.. actions, "bypassDocumentValidation"] : actions
            ),
        ];
}
