using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>Writes the audit log: with the change itself, so that neither is there without the other.</summary>
internal static class Audit
{
    /// <summary>What a caller has done.</summary>
    internal static void Add(
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        string type,
        object? details = null,
        string? migrationId = null
    )
    {
        var scope = http.Features.Get<Scope>();
        var caller = scope?.Caller ?? Caller.Of(http.User);
        _ = database.Add(
            new AuditEvent
            {
                Id = ObjectIds.New(time),
                Type = type,
                OrganizationId = scope?.Organization.Id,
                ProjectId = scope?.Project?.Id,
                MigrationId = migrationId,
                ActorId = caller?.Id,
                ActorName = caller?.Name,
                RemoteAddress = http.Connection.RemoteIpAddress?.ToString(),
                Details = details is null ? "{}" : ApiJson.Write(details),
                CreatedAt = time.GetUtcNow(),
            }
        );
    }
}
