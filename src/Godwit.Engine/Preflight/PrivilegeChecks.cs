namespace Godwit.Engine.Preflight;

/// <summary>What the users must be allowed to do (C03), each missing action named with the command that grants it.</summary>
internal static class PrivilegeChecks
{
    private static readonly string[] SourceActions =
    [
        "find",
        "changeStream",
        "listDatabases",
        "listCollections",
        "listIndexes",
        "collStats",
        "appendOplogNote",
        "replSetGetConfig",
        "serverStatus",
    ];

    private static readonly string[] DestinationActions =
    [
        "find",
        "insert",
        "update",
        "remove",
        "createCollection",
        "dropCollection",
        "createIndex",
        "dropIndex",
        "collMod",
        "bypassDocumentValidation",
        "renameCollectionSameDB",
        "listDatabases",
        "listCollections",
        "listIndexes",
        "appendOplogNote",
        "changeStream",
    ];

    internal static Finding Check(ClusterFacts cluster, bool isSource, PreflightOptions options)
    {
        var side = isSource ? "source" : "destination";
        var id = $"privileges-{side}";
        if (!cluster.IsAuthorizationEnabled)
        {
            return isSource
                ? Finding.Passed(id, "The source runs without authentication.")
                : Finding.Warning(
                    id,
                    "The destination runs without authentication, so writes by others cannot be blocked during the migration.",
                    "Keep applications away from it until the cutover is done; strays are found and reported."
                );
        }

        if (cluster.User is null)
        {
            return Finding.Failed(
                id,
                $"The {side} requires authentication and the connection string names no user.",
                "Add user, password and authSource to the connection string."
            );
        }

        if (cluster.Actions is not { } granted)
        {
            return Finding.Warning(
                id,
                $"The privileges of {cluster.User} on the {side} could not be read.",
                "A missing one will stop the migration when it is needed, with its name."
            );
        }

        var missing = Needed(isSource, options).Where(action => !granted.Contains(action)).ToList();
        return missing.Count == 0
            ? Finding.Passed(id, $"{cluster.User} may do everything that is needed on the {side}.")
            : Finding.Failed(
                id,
                $"{cluster.User} lacks these actions on the {side}: {string.Join(", ", missing)}.",
                Grant(cluster.User, isSource, missing)
            );
    }

    private static IEnumerable<string> Needed(bool isSource, PreflightOptions options)
    {
        if (!isSource)
        {
            return DestinationActions;
        }

        return options.BlockSourceWrites
            ? [.. SourceActions, "setUserWriteBlockMode", "bypassWriteBlockingMode"]
            : SourceActions;
    }

    private static string Grant(string user, bool isSource, List<string> missing)
    {
        var name = user[..user.LastIndexOf('@')];
        var blocking = missing.Exists(action => action.Contains("WriteBlock", StringComparison.Ordinal));
        var roles = (isSource, blocking) switch
        {
            (true, false) => "\"backup\", \"readAnyDatabase\", \"clusterMonitor\"",
            (true, true) => "\"backup\", \"readAnyDatabase\", \"clusterManager\", \"clusterMonitor\", \"restore\"",
            _ =>
                "\"restore\", \"readWriteAnyDatabase\", \"dbAdminAnyDatabase\", \"clusterManager\", \"clusterMonitor\"",
        };
        return $"In mongosh, on the admin database: db.grantRolesToUser(\"{name}\", [{roles}])";
    }
}
