using static Godwit.Hub.Access.Role;

namespace Godwit.Hub.Access;

/// <summary>
/// Who may do what (P16): the one table that endpoints ask and the matrix test reads. A person who owns an organisation gives themselves a
/// role in the project first; a key of an owner need not.
/// </summary>
internal static class RoleTable
{
    private static readonly string[] Watching =
    [
        OrganizationOwner,
        OrganizationMember,
        ProjectOwner,
        MigrationOperator,
        MigrationViewer,
        ClusterMonitor,
    ];

    internal static IReadOnlyList<Rule> Rules { get; } =
    [
        new(Operation.ReadOrganization, [.. Watching, NetworkAccessManager]),
        new(Operation.ManageOrganization, [OrganizationOwner]),
        new(Operation.ManageLinks, [OrganizationOwner]),
        new(Operation.ReadAvailableProjects, [OrganizationOwner, ProjectOwner, MigrationOperator]),
        new(Operation.ReadProject, [.. Watching, NetworkAccessManager]),
        new(Operation.ManageProject, [ProjectOwner], [OrganizationOwner]),
        new(Operation.Migrate, [ProjectOwner, MigrationOperator], [OrganizationOwner]),
        new(Operation.ClearDestination, [ProjectOwner], [OrganizationOwner]),
        new(Operation.ReadMigrations, Watching),
        new(Operation.ReadOrganizationMetrics, [OrganizationOwner, OrganizationMember]),
        new(Operation.PackSupport, [ProjectOwner, MigrationOperator], [OrganizationOwner]),
        new(Operation.InspectHosts, [ProjectOwner, MigrationOperator], [OrganizationOwner]),
        new(Operation.ManageAccessList, [ProjectOwner, NetworkAccessManager]),
    ];

    internal static bool Allows(Operation operation, bool isKey, IReadOnlyCollection<string> roles) =>
        Rules.Where(rule => rule.Operation == operation).Any(rule => roles.Any(role => rule.Names(role, isKey)));
}

/// <summary>One line of the table.</summary>
internal sealed record Rule(Operation Operation, IReadOnlyList<string> Everybody, params IReadOnlyList<string> KeysOnly)
{
    internal bool Names(string role, bool isKey) => Everybody.Contains(role) || (isKey && KeysOnly.Contains(role));
}
