using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>Link-tokens and what links bring (A02, A03, A10).</summary>
internal static class LinkEndpoints
{
    private const string Tokens = "/orgs/{orgId}/liveMigrations/linkTokens";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2");
        _ = atlas.MapPost(Tokens, CreateAsync).Needs(Operation.ManageLinks);
        _ = atlas.MapDelete(Tokens, DeleteAsync).Needs(Operation.ManageLinks);
        _ = atlas
            .MapGet("/orgs/{orgId}/liveMigrations/availableProjects", ListAvailableAsync)
            .Needs(Operation.ReadAvailableProjects);
        var own = routes.MapGroup("/api/godwit/v1");
        _ = own.MapGet("/orgs/{orgId}/links", ListAsync).Needs(Operation.ReadAvailableProjects);
        _ = own.MapGet("/orgs/{orgId}/hosts", ListHostsAsync).Needs(Operation.ReadAvailableProjects);
        _ = own.MapPost("/orgs/{orgId}/links/{linkId}/hostKeys", InviteHostAsync).Needs(Operation.ManageLinks);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        HubDatabase database,
        HubOptions options,
        HubAddress address,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var version = ApiVersion.Of(http.Request, ApiVersion.First);
        var organization = http.Scope().Organization;
        var body = await Body.ReadAsync<TargetOrgRequest>(http.Request).ConfigureAwait(false);
        var blocks = (body.AccessListIps ?? []).Select(Block).ToList();
        var now = time.GetUtcNow();
        var waiting = await database
            .Links.Where(one => one.OrganizationId == organization.Id && one.RevokedAt == null)
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
            OrganizationId = organization.Id,
            SecretHash = JoinToken.Hash(secret),
            AccessList = string.Join(',', blocks),
            CreatedAt = now,
            ExpiresAt = now + options.LinkTokenLifetime,
        };
        _ = database.Add(link);
        Audit.Add(http, database, time, "LIVE_MIGRATION_LINK_TOKEN_CREATED", new { link.Id, body.AccessListIps });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        var token = new JoinToken(JoinTokenKind.Link, address.Url, address.Authority, link.Id, secret);
        return Answer.Of(new TargetOrg(token.Write()), version);
    }

    private static async Task<IResult> DeleteAsync(
        HttpContext http,
        HubDatabase database,
        LinkRevoker revoker,
        string? sourceOrgId,
        bool? revokeActive,
        CancellationToken cancellationToken
    )
    {
        _ = ApiVersion.Of(http.Request, ApiVersion.First);
        var organization = http.Scope().Organization;
        var links = await database
            .Links.Where(one => one.OrganizationId == organization.Id && one.RevokedAt == null)
            .Where(one => sourceOrgId == null || one.SourceOrganizationId == sourceOrgId)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        if (links.Count == 0)
        {
            throw Refusal.NotFound("organization link of", organization.Id);
        }

        await revoker.RevokeAsync(http, database, links, revokeActive ?? false).ConfigureAwait(false);
        return Answer.Nothing();
    }

    private static async Task<IResult> ListAvailableAsync(
        HttpContext http,
        HubDatabase database,
        AvailableProjects available,
        CancellationToken cancellationToken
    )
    {
        var version = ApiVersion.Of(http.Request, ApiVersion.First);
        var found = await available
            .ListAsync(database, http.Scope().Organization.Id, cancellationToken)
            .ConfigureAwait(false);
        return Answer.Of(found, version);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var organization = http.Scope().Organization;
        var links = await database
            .Links.Where(one => one.OrganizationId == organization.Id)
            .OrderBy(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return new Answer(
            links.ConvertAll(link => new
            {
                link.Id,
                SourceOrgId = link.SourceOrganizationId,
                State = StateOf(link, time.GetUtcNow()),
                Created = link.CreatedAt,
                Expires = link.ExpiresAt,
                Redeemed = link.RedeemedAt,
                Revoked = link.RevokedAt,
            })
        );
    }

    private static async Task<IResult> ListHostsAsync(
        HttpContext http,
        HubDatabase database,
        HubOptions options,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var sources = await AvailableProjects
            .SourcesAsync(database, http.Scope().Organization.Id, cancellationToken)
            .ConfigureAwait(false);
        var hosts = await database
            .Hosts.Where(host => sources.Contains(host.OrganizationId))
            .OrderBy(host => host.Name)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var oldest = time.GetUtcNow() - options.SilenceMax;
        return new Answer(
            hosts.ConvertAll(host => new
            {
                host.Id,
                host.Name,
                OrgId = host.OrganizationId,
                ObservedAddress = host.Address,
                State = host.RevokedAt is not null ? "REVOKED"
                : host.LastContactAt < oldest ? "AWAY"
                : "CONNECTED",
                LastContact = host.LastContactAt,
                IsOutdated = ApiJson.Read<HostReport>(host.Report).Version != HubVersion.Text,
                Report = ApiJson.Read<HostReport>(host.Report),
            })
        );
    }

    private static async Task<IResult> InviteHostAsync(
        string linkId,
        HttpContext http,
        HubDatabase database,
        HubAddress address,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var link = await database.Links.FindAsync([linkId], cancellationToken).ConfigureAwait(false);
        if (link?.OrganizationId != http.Scope().Organization.Id || link.SourceOrganizationId is null)
        {
            throw Refusal.NotFound("redeemed link", linkId);
        }

        var secret = JoinToken.NewSecret();
        var invitation = new HostInvitation
        {
            Id = ObjectIds.New(time),
            OrganizationId = link.SourceOrganizationId,
            SecretHash = JoinToken.Hash(secret),
            ExpiresAt = time.GetUtcNow() + TimeSpan.FromHours(1),
        };
        _ = database.Add(invitation);
        Audit.Add(http, database, time, "LIVE_MIGRATION_HOST_KEY_CREATED", new { invitation.Id });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        var token = new JoinToken(JoinTokenKind.Host, address.Url, address.Authority, invitation.Id, secret);
        return new Answer(new { HostKey = token.Write() }, StatusCodes.Status201Created);
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
