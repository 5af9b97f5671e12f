namespace Godwit.Hub.Access;

/// <summary>Roles, by the names that stand in bodies.</summary>
internal static class Role
{
    internal const string OrganizationOwner = "ORG_OWNER";
    internal const string OrganizationMember = "ORG_MEMBER";
    internal const string ProjectOwner = "GROUP_OWNER";
    internal const string MigrationOperator = "GROUP_MIGRATION_OPERATOR";
    internal const string MigrationViewer = "GROUP_MIGRATION_VIEWER";
    internal const string NetworkAccessManager = "GROUP_NETWORK_ACCESS_MANAGER";
    internal const string ClusterMonitor = "GROUP_CLUSTER_MONITOR";

    internal static readonly IReadOnlyList<string> OfOrganizations = [OrganizationOwner, OrganizationMember];

    internal static readonly IReadOnlyList<string> OfProjects =
    [
        ProjectOwner,
        MigrationOperator,
        MigrationViewer,
        NetworkAccessManager,
        ClusterMonitor,
    ];
}
