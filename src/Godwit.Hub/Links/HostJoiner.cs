using System.Security.Cryptography;
using System.Text;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>
/// Exchanges a token for a credential of the host's own (P5, P10). A host whose answer was lost may ask again with the same token: it is
/// known by its key.
/// </summary>
internal sealed class HostJoiner(
    HubDatabase database,
    HubAuthority authority,
    Migrations.MigrationBook migrations,
    TimeProvider time
)
{
    private const int NameMax = 253;

    internal async Task<JoinAnswer> JoinAsync(HttpContext http, JoinRequest request)
    {
        if (request.Host.Name is not { Length: > 0 and <= NameMax } name || name.Any(char.IsControl))
        {
            throw Refusal.Invalid(new BadField("host.name", "it is no host name"));
        }

        if (VersionSkew.Problem(request.Host.Version, HubVersion.Text) is { } apart)
        {
            throw Refusal.Conflict(VersionSkew.Code, apart);
        }

        var now = time.GetUtcNow();
        var cancellationToken = http.RequestAborted;
        var transaction = await database.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var sourceId = await RedeemAsync(http, request, now).ConfigureAwait(false);
            var host = await AddHostAsync(http, request, sourceId, now).ConfigureAwait(false);
            using var certificate = authority.IssueHost(request.CertificateRequest, host.Id);
            host.Thumbprint = HubAuthority.Thumbprint(certificate);
            Audit.Add(
                null,
                http.RemoteAddress(),
                database,
                time,
                "LIVE_MIGRATION_HOST_JOINED",
                new
                {
                    host.Id,
                    host.Name,
                    sourceId,
                }
            );
            _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            await ReconnectAsync(host.Id, cancellationToken).ConfigureAwait(false);
            var project = await database
                .Projects.OrderBy(one => one.Id)
                .FirstAsync(one => one.OrganizationId == sourceId, cancellationToken)
                .ConfigureAwait(false);
            var destination = await database
                .Links.Where(link => link.SourceOrganizationId == sourceId && link.RevokedAt == null)
                .Join(database.Organizations, link => link.OrganizationId, one => one.Id, (_, one) => one)
                .FirstAsync(cancellationToken)
                .ConfigureAwait(false);
            return new(
                host.Id,
                sourceId,
                project.Id,
                destination.Id,
                destination.Name,
                certificate.ExportCertificatePem()
            );
        }
    }

    /// <summary>Uses the token up; each way it can be wrong has a code of its own (M-015).</summary>
    /// <returns>The source organisation.</returns>
    private async Task<string> RedeemAsync(HttpContext http, JoinRequest request, DateTimeOffset now)
    {
        var link = await database.Links.FindAsync([request.TokenId], http.RequestAborted).ConfigureAwait(false);
        if (link is not null && IsSecret(link.SecretHash, request.Secret))
        {
            return await RedeemAsync(http, request, link, now).ConfigureAwait(false);
        }

        var invitation = await database
            .HostInvitations.FindAsync([request.TokenId], http.RequestAborted)
            .ConfigureAwait(false);
        if (invitation is null || !IsSecret(invitation.SecretHash, request.Secret))
        {
            throw new Refusal(
                StatusCodes.Status401Unauthorized,
                "LINK_TOKEN_UNKNOWN",
                "This Hub knows no such token: check that it was copied whole and is for this Hub."
            );
        }

        var isAgain = await IsKnownHostAsync(invitation.OrganizationId, request, http.RequestAborted)
            .ConfigureAwait(false);
        Require(
            isAgain || invitation.UsedAt is null,
            StatusCodes.Status409Conflict,
            "LINK_TOKEN_USED",
            "This host key was used already: ask for another one."
        );
        Require(
            isAgain || invitation.ExpiresAt > now,
            StatusCodes.Status403Forbidden,
            "LINK_TOKEN_EXPIRED",
            "This host key has lapsed after an hour: ask for another one."
        );
        invitation.UsedAt ??= now;
        return invitation.OrganizationId;
    }

    private async Task<string> RedeemAsync(HttpContext http, JoinRequest request, Link link, DateTimeOffset now)
    {
        Require(
            link.RevokedAt is null,
            StatusCodes.Status403Forbidden,
            "LINK_TOKEN_REVOKED",
            "This link-token was deleted on the destination side: ask for a new one."
        );
        var blocks = link.AccessList.Split(',', StringSplitOptions.RemoveEmptyEntries);
        Require(
            blocks.Length == 0 || AddressBlocks.Contain(blocks, http.Connection.RemoteIpAddress),
            StatusCodes.Status403Forbidden,
            "IP_ADDRESS_NOT_ON_ACCESS_LIST",
            $"The address {http.Connection.RemoteIpAddress} is not on the access list of this link-token."
        );
        if (
            link.SourceOrganizationId is { } known
            && await IsKnownHostAsync(known, request, http.RequestAborted).ConfigureAwait(false)
        )
        {
            return known;
        }

        Require(
            link.RedeemedAt is null,
            StatusCodes.Status409Conflict,
            "LINK_TOKEN_USED",
            "This link-token was used already: a further host joins with a host key, which an owner makes by POST /api/godwit/v1/orgs/ORG/links/LINK/hostKeys."
        );
        Require(
            link.ExpiresAt > now,
            StatusCodes.Status403Forbidden,
            "LINK_TOKEN_EXPIRED",
            "This link-token has lapsed unused: ask for a new one."
        );
        link.RedeemedAt = now;
        if (await FindFormerAsync(request, link, http.RequestAborted).ConfigureAwait(false) is { } former)
        {
            link.SourceOrganizationId = former;
            return former;
        }

        var source = new Organization
        {
            Id = ObjectIds.New(time),
            Name = $"Source {request.Host.Name}",
            IsSource = true,
            CreatedAt = now,
        };
        _ = database.Add(source);
        _ = database.Add(
            new Project
            {
                Id = ObjectIds.New(time),
                OrganizationId = source.Id,
                Name = "Default",
                CreatedAt = now,
            }
        );
        link.SourceOrganizationId = source.Id;
        return source.Id;
    }

    /// <summary>
    /// The source organisation of a host that was let go and is linked again by the same destination organisation: it finds its projects and
    /// migrations as they were (P8).
    /// </summary>
    private Task<string?> FindFormerAsync(JoinRequest request, Link link, CancellationToken cancellationToken) =>
        database
            .Links.Where(one => one.OrganizationId == link.OrganizationId && one.RevokedAt != null)
            .Join(
                database.Hosts.Where(host => host.RevokedAt != null && host.SealingKey == request.Host.SealingKey),
                one => one.SourceOrganizationId,
                host => host.OrganizationId,
                (_, host) => (string?)host.OrganizationId
            )
            .FirstOrDefaultAsync(cancellationToken);

    private async Task ReconnectAsync(string hostId, CancellationToken cancellationToken)
    {
        var active = await database
            .Migrations.Where(one => one.IsActive && one.HostId == hostId)
            .Select(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var id in active)
        {
            _ = await migrations
                .ChangeAsync(id, (state, _) => Migrations.MigrationLife.Reconnect(state), null, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private async Task<MigrationHost> AddHostAsync(
        HttpContext http,
        JoinRequest request,
        string sourceId,
        DateTimeOffset now
    )
    {
        var hosts = await database
            .Hosts.Where(one => one.OrganizationId == sourceId)
            .ToListAsync(http.RequestAborted)
            .ConfigureAwait(false);
        if (hosts.Find(one => one.SealingKey == request.Host.SealingKey) is { } again)
        {
            (again.RevokedAt, again.LastContactAt) = (null, now);
            return again;
        }

        if (hosts.Exists(one => one.Name == request.Host.Name && one.RevokedAt is null))
        {
            throw Refusal.Conflict(
                "HOST_NAME_TAKEN",
                $"A host named {request.Host.Name} is linked already: give this one another name (--name)."
            );
        }

        var host = new MigrationHost
        {
            Id = ObjectIds.New(time),
            OrganizationId = sourceId,
            Name = request.Host.Name,
            Report = ApiJson.Write(request.Host),
            SealingKey = request.Host.SealingKey,
            Thumbprint = "",
            Address = http.Connection.RemoteIpAddress?.ToString() ?? "",
            JoinedAt = now,
            LastContactAt = now,
        };
        _ = database.Add(host);
        return host;
    }

    private Task<bool> IsKnownHostAsync(
        string organizationId,
        JoinRequest request,
        CancellationToken cancellationToken
    ) =>
        database.Hosts.AnyAsync(
            host => host.OrganizationId == organizationId && host.SealingKey == request.Host.SealingKey,
            cancellationToken
        );

    private static bool IsSecret(string hash, string secret) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(hash),
            Encoding.ASCII.GetBytes(JoinToken.Hash(secret))
        );

    private static void Require(bool holds, int status, string code, string otherwise)
    {
        if (!holds)
        {
            throw new Refusal(status, code, otherwise);
        }
    }
}
