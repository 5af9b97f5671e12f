using System.Text.Json.Nodes;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Data;

namespace Godwit.Hub.Api;

/// <summary>Reads the audit log, newest first.</summary>
internal sealed class EventDesk(HubDatabase database)
{
    internal Task<Page<EventResource>> OfOrganizationAsync(
        Scope scope,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadOrganization);
        return ListAsync(
            database.Events.Where(one => one.OrganizationId == scope.Organization.Id),
            page,
            cancellationToken
        );
    }

    internal Task<Page<EventResource>> OfProjectAsync(
        Scope scope,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadMigrations);
        return ListAsync(database.Events.Where(one => one.ProjectId == scope.Group.Id), page, cancellationToken);
    }

    internal Task<Page<EventResource>> OfMigrationAsync(
        Scope scope,
        string migrationId,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadMigrations);
        return ListAsync(
            database.Events.Where(one => one.MigrationId == migrationId && one.ProjectId == scope.Group.Id),
            page,
            cancellationToken
        );
    }

    private static Task<Page<EventResource>> ListAsync(
        IQueryable<AuditEvent> events,
        PageRequest page,
        CancellationToken cancellationToken
    ) =>
        events
            .OrderByDescending(one => one.CreatedAt)
            .ThenByDescending(one => one.Id)
            .ReadAsync(page, Show, cancellationToken);

    private static EventResource Show(AuditEvent one) =>
        new()
        {
            Id = one.Id,
            EventTypeName = one.Type,
            Created = one.CreatedAt,
            OrgId = one.OrganizationId,
            GroupId = one.ProjectId,
            LiveMigrationId = one.MigrationId,
            ActorId = one.ActorId,
            ActorName = one.ActorName,
            RemoteAddress = one.RemoteAddress,
            Details = JsonNode.Parse(one.Details),
        };
}
