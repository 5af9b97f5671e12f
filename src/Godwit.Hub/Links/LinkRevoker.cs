using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Migrations;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>Takes links back (P8): refused while migrations run over them unless said otherwise; hosts are let go at once.</summary>
internal sealed class LinkRevoker(ConnectedHosts connected, MigrationBook book, TimeProvider time)
{
    internal async Task RevokeAsync(
        Scope scope,
        HubDatabase database,
        IReadOnlyList<Link> links,
        bool revokesActive,
        CancellationToken cancellationToken
    )
    {
        var sources = links.Select(link => link.SourceOrganizationId).OfType<string>().ToList();
        var active = await database
            .Migrations.AsNoTracking()
            .Where(one => one.IsActive && sources.Contains(one.SourceOrganizationId))
            .Select(one => new { one.Id, one.ProjectId })
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var projects = active.Select(one => one.ProjectId).Distinct().ToList();
        if (projects.Count > 0 && !revokesActive)
        {
            throw new Refusal(
                StatusCodes.Status409Conflict,
                "CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK",
                $"Cannot delete organization link while a migration is active in these project ids: {string.Join(", ", projects)}. To revoke it all the same: ?revokeActive=true."
            )
            {
                Parameters = [.. projects],
            };
        }

        var now = time.GetUtcNow();
        var hosts = await database
            .Hosts.Where(host => sources.Contains(host.OrganizationId) && host.RevokedAt == null)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var link in links)
        {
            link.RevokedAt = now;
            Audit.Add(scope, database, time, "LIVE_MIGRATION_LINK_DELETED", new { link.Id, link.SourceOrganizationId });
        }

        hosts.ForEach(host => host.RevokedAt = now);
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        hosts.ForEach(host => connected.Drop(host.Id));
        foreach (var one in active)
        {
            _ = await book.ChangeAsync(
                    one.Id,
                    (state, _) => MigrationLife.Disconnect(state, now),
                    scope,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }
}
