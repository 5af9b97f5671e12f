using static Godwit.Hub.Web.Parts.Words;

namespace Godwit.Hub.Web.Parts;

/// <summary>What constants of the API are called on pages.</summary>
internal static class Names
{
    private static readonly Dictionary<string, (string Text, string Tone)> Statuses = new(StringComparer.Ordinal)
    {
        ["NEW"] = ("Scheduled", "info"),
        ["WAITING"] = ("Waiting for its host", "warn"),
        ["CHECKING"] = ("Checking again", "info live"),
        ["RUNNING"] = ("Running", "info live"),
        ["RETRYING"] = ("A cluster does not answer, retrying", "warn live"),
        ["PAUSED"] = ("Paused", "warn"),
        ["CUTTING_OVER"] = ("Cutting over", "warn live"),
        ["DISCONNECTED"] = ("Disconnected", "bad"),
        ["FINALISING"] = ("Finalising", "info live"),
        ["ENDING"] = ("Ending", "warn live"),
        ["COMPLETE"] = ("Complete", "good"),
        ["FAILED"] = ("Failed", "bad"),
        ["CANCELLED"] = ("Cancelled", ""),
        ["EXPIRED"] = ("Expired", "warn"),
        ["REHEARSED"] = ("Rehearsed", "good"),
    };

    private static readonly Dictionary<string, string> Events = new(StringComparer.Ordinal)
    {
        ["CLUSTER_IMPORT_STARTED"] = "Migration started",
        ["CLUSTER_IMPORT_CUTOVER"] = "Cutover asked for",
        ["CLUSTER_IMPORT_COMPLETED"] = "Migration complete",
        ["CLUSTER_IMPORT_FAILED"] = "Migration failed",
        ["CLUSTER_IMPORT_CANCELLED"] = "Migration cancelled",
        ["CLUSTER_IMPORT_EXPIRED"] = "Sync window expired: syncing stopped, data kept",
        ["CLUSTER_IMPORT_RESTART_REQUESTED"] = "Restart asked for",
        ["LIVE_MIGRATION_READY_FOR_CUTOVER"] = "In sync: ready for cutover",
        ["LIVE_MIGRATION_EXPIRES_SOON"] = "Reminder: the sync window ends soon",
        ["LIVE_MIGRATION_REHEARSAL_END_REQUESTED"] = "End of the rehearsal asked for",
        ["LIVE_MIGRATION_REHEARSED"] = "Rehearsal ended",
        ["LIVE_MIGRATION_EXTENDED"] = "Sync window extended",
        ["LIVE_MIGRATION_PAUSED"] = "Paused",
        ["LIVE_MIGRATION_RESUMED"] = "Resumed",
        ["LIVE_MIGRATION_CUTOVER_WINDOWS_CHANGED"] = "Times for the cutover changed",
        ["LIVE_MIGRATION_CUTOVER_ABORTED"] = "Cutover aborted, syncing on",
        ["LIVE_MIGRATION_CUTOVER_GIVEN_UP"] = "Cutover given up by the engine, syncing on",
        ["LIVE_MIGRATION_CUTOVER_SLOW"] = "The cutover has been running for 12 hours",
        ["LIVE_MIGRATION_DISCONNECTED"] = "The link was deleted: the host was let go",
        ["LIVE_MIGRATION_VALIDATION_STARTED"] = "Validation started",
        ["LIVE_MIGRATION_LINK_TOKEN_CREATED"] = "Link-token created",
        ["LIVE_MIGRATION_LINK_TOKEN_DELETED"] = "Link deleted",
        ["LIVE_MIGRATION_HOST_KEY_CREATED"] = "Host key created",
        ["CLUSTER_REGISTERED"] = "Cluster registered",
        ["CLUSTER_CHANGED"] = "Address of a cluster changed",
        ["CLUSTER_DISCOVERED"] = "Cluster found in Atlas",
        ["ATLAS_CONNECTED"] = "Connected with Atlas",
        ["ATLAS_DISCONNECTED"] = "Disconnected from Atlas",
        ["CLUSTER_REMOVED"] = "Cluster removed",
        ["NOTIFICATION_TARGET_ADDED"] = "Alert recipient added",
        ["NOTIFICATION_TARGET_REMOVED"] = "Alert recipient removed",
        ["NETWORK_PERMISSION_ENTRY_ADDED"] = "Access list entry added",
        ["NETWORK_PERMISSION_ENTRY_REMOVED"] = "Access list entry removed",
        ["SERVICE_ACCOUNT_CREATED"] = "Service account created",
        ["SERVICE_ACCOUNT_DELETED"] = "Service account deleted",
        ["SUPPORT_BUNDLE_PACKED"] = "Support bundle packed",
        ["LIVE_MIGRATION_TAKEN_OVER"] = "Taken over by another host",
        ["LIVE_MIGRATION_DATA_REMOVAL_STARTED"] = "Expired too long ago: what was copied is being removed",
        ["LIVE_MIGRATION_DATA_REMOVED"] = "What was copied is removed",
        ["LIVE_MIGRATION_RECONNECTED"] = "The host was linked again",
        ["LIVE_MIGRATION_CANCEL_REQUESTED"] = "Cancellation asked for",
        ["LIVE_MIGRATION_CUTOVER_ABORT_REQUESTED"] = "Abort of the cutover asked for",
        ["LIVE_MIGRATION_HOST_AWAY"] = "The migration host does not call any more",
        ["LIVE_MIGRATION_HOST_BACK"] = "The migration host is back",
        ["LIVE_MIGRATION_VERIFICATION_REQUESTED"] = "Another comparison asked for",
        ["LIVE_MIGRATION_VERIFIED"] = "Both sides were compared again",
        ["LIVE_MIGRATION_SOURCE_UNBLOCK_REQUESTED"] = "Lifting of the source's write block asked for",
        ["LIVE_MIGRATION_SOURCE_UNBLOCKED"] = "The source's write block is lifted",
        ["LIVE_MIGRATION_USERS_REQUESTED"] = "Users and roles asked for",
        ["LIVE_MIGRATION_USERS_COPIED"] = "Users and roles were carried over",
        ["LIVE_MIGRATION_FOLLOW_UP_FAILED"] = "What was asked for after the end could not be done",
        ["LIVE_MIGRATION_STATISTICS_TURNED_ON"] = "Sizes of databases may be asked for",
        ["LIVE_MIGRATION_STATISTICS_TURNED_OFF"] = "Sizes of databases may not be asked for any more",
        ["TEMPORARY_USER_REMOVED"] = "Temporary user removed that was left behind",
        ["USER_SIGNED_IN"] = "Signed in",
        ["USER_INVITED"] = "Person invited",
        ["USER_ROLES_CHANGED"] = "Roles changed",
        ["GROUP_CREATED"] = "Project created",
        ["ORG_CREATED"] = "Organisation created",
        ["API_KEY_CREATED"] = "API key created",
        ["API_KEY_DELETED"] = "API key deleted",
    };

    private static readonly Dictionary<string, string> Checks = new(StringComparer.Ordinal)
    {
        ["reachable"] = "Reachable from the migration host",
        ["shape"] = "Shape of the cluster",
        ["version"] = "MongoDB version",
        ["fcv"] = "Feature compatibility version",
        ["privileges"] = "Privileges of the user",
        ["encryption"] = "Encryption in transit",
        ["clock"] = "Clock",
        ["majority"] = "A majority of members is up",
        ["index-builds"] = "No index build under way",
        ["jumbo-chunks"] = "Chunks that can be moved",
        ["version-pair"] = "Versions go together",
        ["same-cluster"] = "Source and destination differ",
        ["other-migration"] = "No other migration to this destination",
        ["existing-data"] = "Namespaces on both sides",
        ["clear-namespaces"] = "Namespaces to clear",
        ["unsupported-content"] = "Content that can be migrated",
        ["search-indexes"] = "Search indexes of the source",
        ["query-settings"] = "Query settings of the source",
        ["encrypted-collections"] = "Queryable Encryption on the source",
        ["uneven-indexes"] = "Indexes are the same on all shards",
        ["sharding"] = "Sharding on the destination",
        ["filter"] = "Part of the source that is migrated",
        ["mapping"] = "Names on the destination",
        ["documentRules"] = "Rules for documents",
        ["oplog-window"] = "Oplog window of the source",
        ["size-destination"] = "Memory and processors of the destination",
        ["scram-source"] = "SCRAM credentials on the source",
        ["statistics"] = "Sizes of databases may be asked for",
        ["agent-version"] = "Version of the migration host",
        ["host-hours"] = "Hours of the migration host",
        ["DESTINATION_NOT_ALLOWED"] = "Destinations that the migration host allows",
        ["DESTINATION_ADDRESS_NAMES_FILE"] = "Address of the destination",
        ["CA_FILE_NOT_ALLOWED"] = "CA file on the migration host",
        ["host-system"] = "System of the migration host",
        ["host-size"] = "Size of the migration host",
        ["disk-destination"] = "Disk space on the destination",
        ["write-block"] = "Writes to the source can be blocked",
        ["write-block-bypass"] = "Nobody passes a write block",
        ["bi-connector"] = "BI Connector of the destination",
        ["cluster-state"] = "State of the destination in Atlas",
        ["auto-scaling"] = "Auto-scaling of the destination",
        ["provider-backups"] = "Backups of the destination",
        ["reversible"] = "Can be turned round after the cutover",
        ["access-list"] = "Access list of the project",
        ["migration-host"] = "Migration host at work",
        ["destination-user"] = "Temporary user on the destination",
        ["destination-content"] = "Content of the destination",
    };

    private static readonly Dictionary<string, string> Roles = new(StringComparer.Ordinal)
    {
        ["ORG_OWNER"] = "Organization Owner",
        ["ORG_MEMBER"] = "Organization Member",
        ["GROUP_OWNER"] = "Project Owner",
        ["GROUP_MIGRATION_OPERATOR"] = "Migration Operator",
        ["GROUP_MIGRATION_VIEWER"] = "Migration Viewer",
        ["GROUP_NETWORK_ACCESS_MANAGER"] = "Network Access Manager",
        ["GROUP_CLUSTER_MONITOR"] = "Cluster Monitor",
    };

    private static readonly Dictionary<string, string> Shapes = new(StringComparer.Ordinal)
    {
        ["REPLICA_SET"] = "Replica set",
        ["SHARDED"] = "Sharded cluster",
        ["STANDALONE"] = "Standalone",
    };

    internal static (string Text, string Tone) Status(string status) =>
        Statuses.TryGetValue(status, out var known) ? known : (Sentence(status), "");

    internal static string Event(string type) => Events.GetValueOrDefault(type) ?? Sentence(type);

    internal static string Role(string role) => Roles.GetValueOrDefault(role) ?? Sentence(role);

    internal static string Shape(string shape) => Shapes.GetValueOrDefault(shape) ?? Sentence(shape);

    /// <summary>A check's id in words, with the side it looks at.</summary>
    internal static string Check(string id)
    {
        if (Checks.TryGetValue(id, out var whole))
        {
            return whole;
        }

        var cut = id.LastIndexOf('-');
        return cut > 0 && id[(cut + 1)..] is "source" or "destination"
            ? $"{Sentence(id[(cut + 1)..])}: {Lower(Checks.GetValueOrDefault(id[..cut]) ?? Sentence(id[..cut]))}"
            : Sentence(id);
    }

    private static string Lower(string text) =>
        text.StartsWith("MongoDB", StringComparison.Ordinal) ? text : $"{char.ToLowerInvariant(text[0])}{text[1..]}";
}
