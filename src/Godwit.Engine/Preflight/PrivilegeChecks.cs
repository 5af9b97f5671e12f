namespace Godwit.Engine.Preflight;

/// <summary>What the users must be allowed to do (C03), each missing action named with the command that grants it.</summary>
internal static class PrivilegeChecks
{
    internal static Finding Check(ClusterFacts cluster, bool isSource, PreflightOptions options)
    {
        var side = isSource ? "source" : "destination";
        var id = $"privileges-{side}";
        if (!cluster.IsAuthorizationEnabled)
        {
            return Finding.Passed(id, $"The {side} runs without authentication.");
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

        var missing = RequiredPrivileges
            .Needed(isSource, cluster.Shape, options.BlockSourceWrites)
            .Where(action => !granted.Contains(action))
            .ToList();
        if (missing.Count > 0)
        {
            return Finding.Failed(
                id,
                $"{cluster.User} lacks these actions on the {side}: {string.Join(", ", missing)}.",
                Grant(cluster.User, isSource, missing)
            );
        }

        var unseen = RequiredPrivileges.Watched(isSource).Where(action => !granted.Contains(action)).ToList();
        return unseen.Count == 0 || cluster.Shape == ClusterShape.Sharded
            ? Finding.Passed(id, $"{cluster.User} may do everything that is needed on the {side}.")
            : Finding.Warning(
                id,
                $"{cluster.User} may do what is needed on the {side}, but what these actions would show is not looked at: {string.Join(", ", unseen)}.",
                Grant(cluster.User, isSource, unseen)
            );
    }

    /// <summary>Whether others can be kept from writing to the destination until the cutover is decided (S22).</summary>
    internal static Finding DestinationBlock(ClusterFacts destination, PreflightOptions options)
    {
        const string id = "write-block-destination";
        const string otherwise =
            "Keep applications away from it until the cutover is done; what others write is found, healed and reported.";
        if (!destination.IsAuthorizationEnabled)
        {
            return Finding.Warning(
                id,
                "The destination runs without authentication, so writes by others cannot be blocked during the migration.",
                otherwise
            );
        }

        if (options.IgnoreExisting)
        {
            return Finding.Warning(
                id,
                "The destination is not write-blocked for others, since it may hold collections of theirs (--ignore-existing).",
                otherwise
            );
        }

        var missing = RequiredPrivileges
            .Blocking.Where(action => destination.Actions?.Contains(action) != true)
            .ToList();
        return missing.Count == 0 || destination.User is null
            ? Finding.Passed(id, "Others are kept from writing to the destination until the cutover is decided.")
            : Finding.Warning(
                id,
                $"{destination.User} lacks {string.Join(", ", missing)} on the destination, so writes by others are not blocked.",
                $"{Grant(destination.User, isSource: false, missing)}. Or: {char.ToLowerInvariant(otherwise[0])}{otherwise[1..]}"
            );
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
