using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Providers;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Requests;

/// <summary>
/// Reads the body of a validation or migration, and finds what it names. The source's password is sealed to the host before anything else
/// sees it (P6).
/// </summary>
internal sealed class PlanReader(HubDatabase database, KeyRing ring, HubOptions options, TimeProvider time)
{
    /// <param name="scope">Of the destination's project.</param>
    /// <param name="request">The body.</param>
    /// <param name="version">The Atlas version it speaks; <see langword="null"/> for Godwit's own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Refusal">A field is wrong, or names what is not there.</exception>
    internal Task<MigrationPlan> ReadAsync(
        Scope scope,
        LiveMigrationRequest request,
        ApiVersion? version,
        CancellationToken cancellationToken
    )
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        RequestFields.Require(request, version, today, scope.Group.Id);
        if (request.ClearsDestination)
        {
            scope.Require(Operation.ClearDestination);
        }

        return ResolveAsync(scope, request, cancellationToken);
    }

    private async Task<MigrationPlan> ResolveAsync(
        Scope scope,
        LiveMigrationRequest request,
        CancellationToken cancellationToken
    )
    {
        var (source, destination) = (request.Source!, request.Destination!);
        var linked = await AvailableProjects
            .SourcesAsync(database, scope.Organization.Id, cancellationToken)
            .ConfigureAwait(false);
        var project = await database.Projects.FindAsync([source.GroupId], cancellationToken).ConfigureAwait(false);
        if (project is null || !linked.Contains(project.OrganizationId))
        {
            throw Refusal.Invalid(
                new BadField("source.groupId", "no link of this organization leads to such a project")
            );
        }

        var deployment =
            await database
                .Deployments.FirstOrDefaultAsync(
                    one => one.ProjectId == project.Id && one.Name == source.ClusterName,
                    cancellationToken
                )
                .ConfigureAwait(false)
            ?? throw Refusal.Invalid(new BadField("source.clusterName", "no migration host reports such a cluster"));
        RequireAuthentication(source, ApiJson.Read<ReportedDeployment>(deployment.Report));
        var hostName = request.MigrationHosts![0];
        var host =
            await database
                .Hosts.FirstOrDefaultAsync(
                    one =>
                        one.OrganizationId == project.OrganizationId && one.Name == hostName && one.RevokedAt == null,
                    cancellationToken
                )
                .ConfigureAwait(false)
            ?? throw Refusal.Invalid(new BadField("migrationHosts[0]", "the source organization has no such host"));
        OutdatedHosts.RequireSupported(host);
        var cluster =
            await database
                .Clusters.FirstOrDefaultAsync(
                    one => one.ProjectId == scope.Group.Id && one.Name == destination.ClusterName,
                    cancellationToken
                )
                .ConfigureAwait(false)
            ?? throw Refusal.Invalid(new BadField("destination.clusterName", "this project has no such cluster"));
        RequireReachable(cluster, destination);
        RequireUsers(scope, request, cluster, host);
        return new(
            Seal(source, host),
            project.OrganizationId,
            host.Id,
            host.Name,
            cluster.Id,
            cluster.Name,
            ApiJson.Read<ClusterFactsText>(cluster.Facts).HasUsers,
            request.Options?.WriteBlock ?? false,
            request.Options?.AcceptVersion ?? false,
            request.Sharding is { } sharding ? ApiJson.Write(sharding) : null,
            request.ClearsDestination,
            await StandbyAsync(request, host, cancellationToken).ConfigureAwait(false),
            OptionFields.Read(request.Options, ring),
            destination.HostnameSchemaType ?? RequestFields.Public,
            destination.PrivateLinkId,
            string.Join('\n', (request.Options?.ClearNamespaces ?? []).Distinct().Order(StringComparer.Ordinal)),
            CopiesUsers: request.Options?.UsersAndRoles ?? false,
            CutoverWindows: string.Join('\n', request.Options?.CutoverWindows ?? [])
        );
    }

    /// <summary>Whether something can be migrated to the cluster, and the way to it that was chosen is there (M-039, M-045).</summary>
    private void RequireReachable(Cluster cluster, DestinationRequest destination)
    {
        var schema = destination.HostnameSchemaType ?? RequestFields.Public;
        if (cluster.ProviderFacts is not { } text)
        {
            if (schema != RequestFields.Public)
            {
                throw Refusal.Invalid(
                    new BadField(
                        "destination.hostnameSchemaType",
                        $"{schema} is not configured for this cluster: a registered cluster is reached as PUBLIC"
                    )
                );
            }

            return;
        }

        var facts = ApiJson.Read<AtlasFacts>(text);
        if (facts.Obstacle(options.SmallestTier) is { } obstacle)
        {
            throw Refusal.Invalid(new BadField("destination.clusterName", obstacle));
        }

        if (facts.AddressBy(schema, destination.PrivateLinkId) is null)
        {
            throw Refusal.Invalid(
                schema == "PRIVATE_LINK"
                    ? new BadField(
                        "destination.privateLinkId",
                        "the cluster has no such private endpoint that is AVAILABLE"
                    )
                    : new BadField("destination.hostnameSchemaType", "the cluster is not reached over a peered network")
            );
        }
    }

    /// <summary>Users and roles are given to a cluster by who may manage its project, and only where users can be made.</summary>
    private static void RequireUsers(Scope scope, LiveMigrationRequest request, Cluster cluster, MigrationHost host)
    {
        if (request.Options is not { UsersAndRoles: true })
        {
            return;
        }

        const string field = "options.usersAndRoles";
        scope.Require(Operation.ManageProject);
        if (cluster.AtlasAccountId is not null)
        {
            throw Refusal.Invalid(new BadField(field, "Atlas keeps the users of its clusters itself: make them there"));
        }

        if (!ApiJson.Read<ClusterFactsText>(cluster.Facts).HasUsers)
        {
            throw Refusal.Invalid(
                new BadField(field, "the destination runs without authentication and wants no users")
            );
        }

        OutdatedHosts.Require(host, HostAbilities.TellUsers);
    }

    /// <summary>Other hosts of the same organisation; what was sealed to the first opens on none of them, so they hold credentials (P6).</summary>
    private async Task<string> StandbyAsync(
        LiveMigrationRequest request,
        MigrationHost first,
        CancellationToken cancellationToken
    )
    {
        const string field = "options.standbyHosts";
        var names = (request.Options?.StandbyHosts ?? []).Distinct().ToList();
        if (names.Count == 0)
        {
            return "";
        }

        if (request.Source?.Username is not null)
        {
            throw Refusal.Invalid(
                new BadField(field, "it needs managedAuthentication: hosts with their own credentials")
            );
        }

        var known = await database
            .Hosts.Where(one => one.OrganizationId == first.OrganizationId && one.RevokedAt == null)
            .Where(one => one.Id != first.Id)
            .Select(one => one.Name)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return names.Except(known).FirstOrDefault() is { } unknown
            ? throw Refusal.Invalid(new BadField(field, $"the source organization has no other host {unknown}"))
            : string.Join(',', names);
    }

    /// <summary>P14: credentials that stand on the host are not asked for, others are.</summary>
    private static void RequireAuthentication(SourceRequest source, ReportedDeployment deployment)
    {
        if (source.ManagedAuthentication == true && !deployment.IsManaged)
        {
            throw Refusal.Invalid(
                new BadField(
                    "source.managedAuthentication",
                    "the host only watches this cluster: send username and password"
                )
            );
        }

        if (source is { ManagedAuthentication: false, Username: null } && deployment.IsManaged)
        {
            throw Refusal.Invalid(
                new BadField(
                    "source.username",
                    "it is missing, or managedAuthentication is meant: the host holds credentials"
                )
            );
        }
    }

    /// <summary>A source's password, readable by this host alone.</summary>
    internal static string Seal(string password, MigrationHost host, string projectId, string clusterName) =>
        SealedText.Seal(
            password,
            Convert.FromBase64String(host.SealingKey),
            SourceAccess.Purpose(host.Id, projectId, clusterName)
        );

    private static SourceAccess Seal(SourceRequest source, MigrationHost host) =>
        new(
            source.ClusterName!,
            source.GroupId!,
            source.Username,
            source.Password is { } password ? Seal(password, host, source.GroupId!, source.ClusterName!) : null,
            source.Ssl!.Value,
            source.CaCertificatePath is { Length: > 0 } path ? path : null
        );
}
