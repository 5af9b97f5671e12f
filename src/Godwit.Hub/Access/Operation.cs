namespace Godwit.Hub.Access;

/// <summary>What a caller can ask for, as far as roles tell requests apart.</summary>
internal enum Operation
{
    /// <summary>See an organisation, its projects and keys.</summary>
    ReadOrganization,

    /// <summary>Change an organisation: projects, keys, people.</summary>
    ManageOrganization,

    /// <summary>Create and delete link-tokens.</summary>
    ManageLinks,

    /// <summary>See what links bring: projects, deployments, hosts.</summary>
    ReadAvailableProjects,

    /// <summary>See a project and its clusters.</summary>
    ReadProject,

    /// <summary>Register and remove clusters, give roles in a project.</summary>
    ManageProject,

    /// <summary>Validate, create, cut over, pause, resume, extend, cancel.</summary>
    Migrate,

    /// <summary>Have a migration drop what its destination holds.</summary>
    ClearDestination,

    /// <summary>See migrations, validations, events, reports.</summary>
    ReadMigrations,

    /// <summary>See the figures of all projects of an organisation at once.</summary>
    ReadOrganizationMetrics,

    /// <summary>Pack a support bundle.</summary>
    PackSupport,

    /// <summary>See how the hosts of a migration work together: Orleans' dashboard.</summary>
    InspectHosts,

    /// <summary>Change the access list.</summary>
    ManageAccessList,
}
