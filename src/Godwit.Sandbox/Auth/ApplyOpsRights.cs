using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Auth;

/// <summary>
/// What <c>applyOps</c> needs: the right to it, and those that each of its operations would need by itself (validateApplyOpsCommand,
/// OplogApplicationChecks::checkAuthForOperation).
/// </summary>
internal static class ApplyOpsRights
{
    /// <summary>The needs of the command.</summary>
    internal static IEnumerable<Need> For(RightsQuery query)
    {
        // The command itself refuses what is no list.
        var operations = query.Body["applyOps"].Type == BsonType.Array ? ApplyOpsRules.OperationsOf(query.Body) : [];
        return
        [
            Need.Of(Resource.Cluster, "applyOps"),
            .. OfIdentities(operations),
            .. query.Body["applyOps"].Type == BsonType.Array && NeedsAll(query.Body)
                ? [Need.Of(Resource.Any, "anyAction")]
                : operations.SelectMany(operation => Of(query, operation)),
        ];
    }

    // An empty list, and creations and renamings among others, are left to those who may do everything.
    private static bool NeedsAll(RawDocument command)
    {
        var operations = ApplyOpsRules.OperationsOf(command);
        return operations.Count == 0
            || (
                operations.Count > 1
                && operations.Any(one => ApplyOpsRules.Is(one, "create") || ApplyOpsRules.Is(one, "renameCollection"))
            )
            || operations.Any(one => ApplyOpsRules.Is(one, "applyOps") && NeedsAll(one["o"].AsDocument));
    }

    private static IEnumerable<Need> OfIdentities(IReadOnlyList<RawDocument> operations)
    {
        foreach (var operation in operations)
        {
            if (ApplyOpsRules.Is(operation, "applyOps"))
            {
                foreach (var inner in OfIdentities(ApplyOpsRules.OperationsOf(operation["o"].AsDocument)))
                {
                    yield return inner;
                }
            }

            if (HasIdentity(operation) || (operation["op"] == "c" && HasIdentity(operation["o"].AsDocument)))
            {
                yield return ApplyOpsRules.Is(operation, "create")
                    ? Need.Of(Resource.Cluster, "forceUUID", "useUUID")
                    : Need.Of(Resource.Cluster, "useUUID");
            }
        }
    }

    private static bool HasIdentity(RawDocument document) =>
        document.Values().Any(value => value is { Type: BsonType.Binary, BinarySubtype: 4 });

    private static IEnumerable<Need> Of(RightsQuery query, RawDocument operation)
    {
        if (operation["op"] == "n")
        {
            return [Need.Of(Resource.Cluster, "appendOplogNote")];
        }

        if (operation["ns"] is not { Type: BsonType.String } name || operation["o"].Type != BsonType.Document)
        {
            return [];
        }

        var (ns, body) = (Namespace.Parse(name.AsString), operation["o"].AsDocument);
        var upserts =
            operation["b"].IsTruthy() || !query.Body.Has("alwaysUpsert") || query.Body["alwaysUpsert"].IsTruthy();
        return operation["op"].AsString switch
        {
            "i" => [Need.Of(Resource.Of(ns), "insert")],
            "u" => [upserts ? Need.Of(Resource.Of(ns), "update", "insert") : Need.Of(Resource.Of(ns), "update")],
            "d" => [Need.Of(Resource.Of(ns), "remove")],
            "c" when !body.IsEmpty => CommandRights.For(
                query with
                {
                    Request = new(body, body.First().NameIs("renameCollection") ? "admin" : ns.Database),
                }
            ),
            _ => [],
        };
    }
}
