using System.Security.Cryptography;
using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>Service accounts of an organisation: a secret is shown when it is made and never again.</summary>
internal sealed class ServiceAccountDesk(HubDatabase database, TimeProvider time)
{
    private const int NameMax = 64;
    private const int HoursMax = 8760;
    private const int ClientIdBytes = 12;

    internal async Task<Page<ServiceAccountResource>> ListAsync(
        Scope scope,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadOrganization);
        var grants = await database
            .Grants.Where(grant => grant.OrganizationId == scope.Organization.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var secrets = await database
            .ServiceAccounts.Where(one => one.OrganizationId == scope.Organization.Id)
            .Join(database.ServiceAccountSecrets, one => one.Id, secret => secret.AccountId, (_, secret) => secret)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return await database
            .ServiceAccounts.Where(one => one.OrganizationId == scope.Organization.Id)
            .OrderBy(one => one.Id)
            .ReadAsync(page, one => Show(one, grants, secrets, null), cancellationToken)
            .ConfigureAwait(false);
    }

    internal async Task<ServiceAccountResource> CreateAsync(
        Scope scope,
        ServiceAccountRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageOrganization);
        if (request.Name is not { Length: > 0 and <= NameMax } name || name.Any(char.IsControl))
        {
            throw Refusal.Invalid(new BadField("name", "it has 1 to 64 characters, none of them a control character"));
        }

        if (request.SecretExpiresAfterHours is < 8 or > HoursMax)
        {
            throw Refusal.Invalid(new BadField("secretExpiresAfterHours", "it is from 8 to 8760"));
        }

        var now = time.GetUtcNow();
        var account = new ServiceAccount
        {
            Id = ObjectIds.New(time),
            OrganizationId = scope.Organization.Id,
            ClientId = $"mdb_sa_id_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(ClientIdBytes))}",
            Name = name,
            Description = request.Description ?? "",
            CreatedAt = now,
        };
        var text = $"mdb_sa_sk_{JoinToken.NewSecret()}";
        var secret = new ServiceAccountSecret
        {
            Id = ObjectIds.New(time),
            AccountId = account.Id,
            Hash = ServiceAccounts.Hash(text),
            CreatedAt = now,
            ExpiresAt = now + TimeSpan.FromHours(request.SecretExpiresAfterHours ?? HoursMax),
        };
        var grants = Grants.Create(time, account.Id, scope.Organization, null, request.Roles);
        _ = database.Add(account);
        _ = database.Add(secret);
        database.AddRange(grants);
        Audit.Add(scope, database, time, "SERVICE_ACCOUNT_CREATED", new { account.ClientId, request.Roles });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Show(account, grants, [secret], text);
    }

    internal async Task DeleteAsync(Scope scope, string clientId, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageOrganization);
        var account =
            await database
                .ServiceAccounts.FirstOrDefaultAsync(
                    one => one.OrganizationId == scope.Organization.Id && one.ClientId == clientId,
                    cancellationToken
                )
                .ConfigureAwait(false)
            ?? throw Refusal.NotFound("service account", clientId);
        _ = database.Remove(account);
        database.RemoveRange(database.ServiceAccountSecrets.Where(one => one.AccountId == account.Id));
        database.RemoveRange(database.Grants.Where(grant => grant.PrincipalId == account.Id));
        Audit.Add(scope, database, time, "SERVICE_ACCOUNT_DELETED", new { account.ClientId });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    private static ServiceAccountResource Show(
        ServiceAccount account,
        IReadOnlyList<Grant> grants,
        IReadOnlyList<ServiceAccountSecret> secrets,
        string? text
    ) =>
        new(
            account.ClientId,
            account.Name,
            account.Description,
            [.. grants.Where(grant => grant.PrincipalId == account.Id).Select(grant => grant.Role)],
            [
                .. secrets
                    .Where(secret => secret.AccountId == account.Id)
                    .Select(secret => new ServiceAccountSecretResource(
                        secret.Id,
                        secret.CreatedAt,
                        secret.ExpiresAt,
                        text
                    )),
            ],
            account.CreatedAt
        );
}
