namespace Godwit.Sandbox.Auth;

/// <summary>Which right a command needs; any one of those named is enough.</summary>
internal static class RightsOfCommands
{
    /// <summary>The rights of which one is needed; none where every user may.</summary>
    internal static Rights For(string command, string database, bool isSystemUsers) =>
        command switch
        {
            _ when isSystemUsers => Rights.ManageUsers | Rights.Internal,
            "find" or "aggregate" or "count" or "distinct" or "listCollections" or "listIndexes" or "dbHash" => database
                is "local"
                    or "config"
                    or "admin"
                ? Rights.Read | Rights.Monitor
                : Rights.Read,
            "collStats" or "dbStats" or "dataSize" or "explain" => Rights.Read | Rights.Administer | Rights.Monitor,
            "insert" or "update" or "delete" or "findAndModify" or "bulkWrite" => Rights.Write,
            "create" or "createIndexes" or "drop" or "dropIndexes" or "renameCollection" or "convertToCapped" =>
                Rights.Write | Rights.Administer,
            "dropDatabase" or "collMod" or "validate" or "profile" or "compact" => Rights.Administer,
            "createUser" or "updateUser" or "dropUser" or "usersInfo" or "rolesInfo" or "createRole" =>
                Rights.ManageUsers,
            "dropAllUsersFromDatabase" or "grantRolesToUser" or "revokeRolesFromUser" => Rights.ManageUsers,
            "listDatabases" => Rights.ListDatabases,
            "serverStatus" or "replSetGetStatus" or "replSetGetConfig" or "currentOp" or "top" or "getLog" =>
                Rights.Monitor,
            "getCmdLineOpts" or "getParameter" or "hostInfo" or "lockInfo" => Rights.Monitor | Rights.ManageCluster,
            "setUserWriteBlockMode" => Rights.BlockWrites,
            "replSetStepDown" or "replSetFreeze" or "replSetReconfig" or "replSetMaintenance" => Rights.ManageCluster,
            "setParameter" or "killOp" or "fsync" or "shutdown" or "setFeatureCompatibilityVersion" =>
                Rights.ManageCluster,
            "setDefaultRWConcern" or "setClusterParameter" or "appendOplogNote" => Rights.ManageCluster,
            _ => Rights.None,
        };
}
