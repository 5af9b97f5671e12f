using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>Link-tokens, links, and the hosts that came in by them (A02, A03, A06, A10).</summary>
internal sealed class LinkDesk(
    HubDatabase database,
    LinkRevoker revoker,
    AvailableProjects available,
    HostInstances instances,
    HubOptions options,
    HubAddress address,
    TimeProvider time
)
{
    private const string HostKeyCreated = "LIVE_MIGRATION_HOST_KEY_CREATED";
    private static readonly TimeSpan HostKeyLifetime = TimeSpan.FromHours(1);

    /// <summary>Makes a link-token; it is shown this once.</summary>
    internal async Task<TargetOrg> CreateTokenAsync(
        Scope scope,
        TargetOrgRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageLinks);
        var blocks = (request.AccessListIps ?? []).Select(Block).ToList();
        var now = time.GetUtcNow();
        var waiting = await database
            .Links.Where(one => one.OrganizationId == scope.Organization.Id && one.RevokedAt == null)
            .FirstOrDefaultAsync(one => one.RedeemedAt == null && one.ExpiresAt > now, cancellationToken)
            .ConfigureAwait(false);
        if (waiting is not null)
        {
            throw Refusal.Conflict(
                "LINK_TOKEN_ALREADY_EXISTS",
                $"A link-token of {waiting.CreatedAt:u} waits to be used. Use it, or delete it first: it cannot be shown again."
            );
        }

        var secret = JoinToken.NewSecret();
        var link = new Link
        {
            Id = ObjectIds.New(time),
            OrganizationId = scope.Organization.Id,
            SecretHash = JoinToken.Hash(secret),
            AccessList = string.Join(',', blocks),
            CreatedAt = now,
            ExpiresAt = now + options.LinkTokenLifetime,
        };
        _ = database.Add(link);
        Audit.Add(scope, database, time, "LIVE_MIGRATION_LINK_TOKEN_CREATED", new { link.Id, request.AccessListIps });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new(new JoinToken(JoinTokenKind.Link, address.Url, address.Authority, link.Id, secret).Write());
    }

    /// <summary>Takes back the links of the organisation, or the one of a source organisation.</summary>
    internal async Task DeleteAsync(
        Scope scope,
        string? sourceOrganizationId,
        bool revokesActive,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageLinks);
        var links = await database
            .Links.Where(one => one.OrganizationId == scope.Organization.Id && one.RevokedAt == null)
            .Where(one => sourceOrganizationId == null || one.SourceOrganizationId == sourceOrganizationId)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        if (links.Count == 0)
        {
            throw Refusal.NotFound("organization link of", scope.Organization.Id);
        }

        await revoker.RevokeAsync(scope, database, links, revokesActive, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes back one link, or a token that waits to be used; the others stay.</summary>
    internal async Task DeleteOneAsync(Scope scope, string linkId, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageLinks);
        var link = await database.Links.FindAsync([linkId], cancellationToken).ConfigureAwait(false);
        if (link?.OrganizationId != scope.Organization.Id || link.RevokedAt is not null)
        {
            throw Refusal.NotFound("organization link", linkId);
        }

        await revoker.RevokeAsync(scope, database, [link], false, cancellationToken).ConfigureAwait(false);
    }

    internal Task<IReadOnlyList<LiveImportAvailableProject>> ListAvailableAsync(
        Scope scope,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadAvailableProjects);
        return available.ListAsync(database, scope.Organization.Id, cancellationToken);
    }

    /// <summary>The largest collections of a source cluster, with keys they could be sharded by (B05); empty until a host has looked.</summary>
    internal Task<IReadOnlyList<ReportedSourceCollection>> ListCollectionsAsync(
        Scope scope,
        string sourceProjectId,
        string clusterName,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadAvailableProjects);
        return available.CollectionsAsync(
            database,
            scope.Organization.Id,
            sourceProjectId,
            clusterName,
            cancellationToken
        );
    }

    internal async Task<IReadOnlyList<LinkResource>> ListAsync(Scope scope, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadAvailableProjects);
        var links = await database
            .Links.Where(one => one.OrganizationId == scope.Organization.Id)
            .OrderBy(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return links.ConvertAll(link => new LinkResource(
            link.Id,
            link.SourceOrganizationId,
            StateOf(link, time.GetUtcNow()),
            link.CreatedAt,
            link.ExpiresAt,
            link.RedeemedAt,
            link.RevokedAt
        ));
    }

    internal async Task<IReadOnlyList<HostResource>> ListHostsAsync(Scope scope, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadAvailableProjects);
        var sources = await AvailableProjects
            .SourcesAsync(database, scope.Organization.Id, cancellationToken)
            .ConfigureAwait(false);
        var hosts = await database
            .Hosts.Where(host => sources.Contains(host.OrganizationId))
            .OrderBy(host => host.Name)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var oldest = time.GetUtcNow() - options.SilenceMax;
        return hosts.ConvertAll(host => Show(host, oldest) with { IsDoubled = instances.IsDoubled(host.Id) });
    }

    /// <summary>Makes a key that lets one further host of a linked source organisation in (P5).</summary>
    internal async Task<HostKeyResource> InviteHostAsync(
        Scope scope,
        string linkId,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageLinks);
        var link = await database.Links.FindAsync([linkId], cancellationToken).ConfigureAwait(false);
        if (link?.OrganizationId != scope.Organization.Id || link.SourceOrganizationId is not { } source)
        {
            throw Refusal.NotFound("redeemed link", linkId);
        }

        var key = AddInvitation(source, out var invitation);
        Audit.Add(scope, database, time, HostKeyCreated, new { invitation.Id });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return key;
    }

    /// <summary>A linked host asks for one itself: the source side's own way to have more hosts.</summary>
    internal async Task<HostKeyResource> InviteHostAsync(
        MigrationHost host,
        string? remoteAddress,
        CancellationToken cancellationToken
    )
    {
        var key = AddInvitation(host.OrganizationId, out var invitation);
        Audit.Add(null, remoteAddress, database, time, HostKeyCreated, new { invitation.Id, By = host.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return key;
    }

    private HostKeyResource AddInvitation(string sourceOrganizationId, out HostInvitation invitation)
    {
        var secret = JoinToken.NewSecret();
        invitation = new()
        {
            Id = ObjectIds.New(time),
            OrganizationId = sourceOrganizationId,
            SecretHash = JoinToken.Hash(secret),
            ExpiresAt = time.GetUtcNow() + HostKeyLifetime,
        };
        _ = database.Add(invitation);
        return new(new JoinToken(JoinTokenKind.Host, address.Url, address.Authority, invitation.Id, secret).Write());
    }

    private static HostResource Show(MigrationHost host, DateTimeOffset oldest)
    {
        var report = ApiJson.Read<HostReport>(host.Report);
        return new(
            host.Id,
            host.Name,
            host.OrganizationId,
            host.Address,
            host.RevokedAt is not null ? "REVOKED"
                : host.LastContactAt < oldest ? "AWAY"
                : "CONNECTED",
            host.LastContactAt,
            report.Version != HubVersion.Text,
            report,
            VersionSkew.Problem(report.Version, HubVersion.Text)
        );
    }

    private static string Block(string text, int position) =>
        AddressBlocks.Normalize(text)
        ?? throw Refusal.Invalid(new BadField($"accessListIps[{position}]", "it is neither an address nor a block"));

    private static string StateOf(Link link, DateTimeOffset now) =>
        link.RevokedAt is not null ? "REVOKED"
        : link.RedeemedAt is not null ? "LINKED"
        : link.ExpiresAt <= now ? "LAPSED"
        : "WAITING";
}
