using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Data;

namespace Godwit.Hub.Api;

/// <summary>Writes the audit log: with the change itself, so that neither is there without the other.</summary>
internal static class Audit
{
    /// <summary>What a caller has done to what they have a role in.</summary>
    internal static void Add(
        Scope scope,
        HubDatabase database,
        TimeProvider time,
        string type,
        object? details = null,
        string? migrationId = null
    ) =>
        database.Add(
            new AuditEvent
            {
                Id = ObjectIds.New(time),
                Type = type,
                OrganizationId = scope.Organization.Id,
                ProjectId = scope.Project?.Id,
                MigrationId = migrationId,
                ActorId = scope.Caller.Id,
                ActorName = scope.Caller.Name,
                RemoteAddress = scope.RemoteAddress,
                Details = Write(details),
                CreatedAt = time.GetUtcNow(),
            }
        );

    /// <summary>What happened outside of any organisation, such as signing in.</summary>
    internal static void Add(
        Caller? caller,
        string? remoteAddress,
        HubDatabase database,
        TimeProvider time,
        string type,
        object details
    ) =>
        database.Add(
            new AuditEvent
            {
                Id = ObjectIds.New(time),
                Type = type,
                ActorId = caller?.Id,
                ActorName = caller?.Name,
                RemoteAddress = remoteAddress,
                Details = Write(details),
                CreatedAt = time.GetUtcNow(),
            }
        );

    private static string Write(object? details) => details is null ? "{}" : ApiJson.Write(details);
}
