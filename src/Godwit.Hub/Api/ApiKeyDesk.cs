using System.Security.Cryptography;
using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>API keys and the addresses they may come from: the private key is shown when it is made and never again.</summary>
internal sealed class ApiKeyDesk(HubDatabase database, KeyRing ring, TimeProvider time)
{
    private const string PublicLetters = "abcdefghijklmnopqrstuvwxyz";
    private const int PublicLength = 8;
    private const int EndingLength = 4;
    private const int DescriptionMax = 250;

    internal async Task<Page<ApiKeyResource>> ListAsync(
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
        return await database
            .ApiKeys.Where(key => key.OrganizationId == scope.Organization.Id)
            .OrderBy(key => key.Id)
            .ReadAsync(page, key => Show(key, $"********-{key.Ending}", grants), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>A key of the organisation, or of the project if the scope has one.</summary>
    internal async Task<ApiKeyResource> CreateAsync(
        Scope scope,
        ApiKeyRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(scope.Project is null ? Operation.ManageOrganization : Operation.ManageProject);
        var publicKey = RandomNumberGenerator.GetString(PublicLetters, PublicLength);
        var privateKey = new Guid(RandomNumberGenerator.GetBytes(16)).ToString();
        var key = new ApiKey
        {
            Id = ObjectIds.New(time),
            OrganizationId = scope.Organization.Id,
            PublicKey = publicKey,
            SealedHash = ring.Seal(
                DigestHeader.HashPassword(publicKey, DigestHandler.Realm, privateKey),
                KeyRing.ApiKeys
            ),
            Ending = privateKey[^EndingLength..],
            Description = request.Desc is { Length: > 0 and <= DescriptionMax } text
                ? text
                : throw Refusal.Invalid(new BadField("desc", "it has 1 to 250 characters")),
            CreatedAt = time.GetUtcNow(),
        };
        var grants = Grants.Create(time, key.Id, scope.Organization, scope.Project, request.Roles);
        _ = database.Add(key);
        database.AddRange(grants);
        Audit.Add(scope, database, time, "API_KEY_CREATED", new { key.PublicKey, request.Roles });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Show(key, privateKey, grants);
    }

    internal async Task DeleteAsync(Scope scope, string keyId, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageOrganization);
        var key = await FindAsync(scope, keyId, cancellationToken).ConfigureAwait(false);
        _ = database.Remove(key);
        database.RemoveRange(database.Grants.Where(grant => grant.PrincipalId == key.Id));
        database.RemoveRange(database.AccessEntries.Where(entry => entry.OwnerId == key.Id));
        Audit.Add(scope, database, time, "API_KEY_DELETED", new { key.PublicKey });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The addresses that a key may come from; none means any.</summary>
    internal async Task<Page<AccessEntryResource>> ListAddressesAsync(
        Scope scope,
        string keyId,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadOrganization);
        var key = await FindAsync(scope, keyId, cancellationToken).ConfigureAwait(false);
        return await database
            .AccessEntries.Where(one => one.OwnerId == key.Id)
            .OrderBy(one => one.Id)
            .ReadAsync(page, Show, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Adds addresses; from the first one on, the key comes from these only.</summary>
    internal async Task<Page<AccessEntryResource>> AllowAsync(
        Scope scope,
        string keyId,
        IReadOnlyList<AccessEntryRequest> entries,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageOrganization);
        var key = await FindAsync(scope, keyId, cancellationToken).ConfigureAwait(false);
        foreach (var entry in entries)
        {
            var block =
                AddressBlocks.Normalize(entry.IpAddress ?? entry.CidrBlock ?? "")
                ?? throw Refusal.Invalid(new BadField("ipAddress", "it is no address, and cidrBlock no block"));
            if (
                await database
                    .AccessEntries.AnyAsync(one => one.OwnerId == key.Id && one.Block == block, cancellationToken)
                    .ConfigureAwait(false)
            )
            {
                throw Refusal.Conflict("DUPLICATE_ACCESS_LIST_ENTRY", $"{block} is on the list already.");
            }

            _ = database.Add(
                new AccessEntry
                {
                    Id = ObjectIds.New(time),
                    OwnerId = key.Id,
                    Block = block,
                    CreatedAt = time.GetUtcNow(),
                }
            );
            Audit.Add(scope, database, time, "API_KEY_ACCESS_LIST_ENTRY_ADDED", new { key.PublicKey, block });
        }

        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return await ListAddressesAsync(scope, keyId, new(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes an address or block off the list.</summary>
    internal async Task DisallowAsync(Scope scope, string keyId, string address, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageOrganization);
        var key = await FindAsync(scope, keyId, cancellationToken).ConfigureAwait(false);
        var block = AddressBlocks.Normalize(address);
        var entry =
            await database
                .AccessEntries.FirstOrDefaultAsync(
                    one => one.OwnerId == key.Id && one.Block == block,
                    cancellationToken
                )
                .ConfigureAwait(false)
            ?? throw Refusal.NotFound("access list entry", address);
        _ = database.Remove(entry);
        Audit.Add(scope, database, time, "API_KEY_ACCESS_LIST_ENTRY_REMOVED", new { key.PublicKey, entry.Block });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<ApiKey> FindAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        var key = await database.ApiKeys.FindAsync([id], cancellationToken).ConfigureAwait(false);
        return key?.OrganizationId == scope.Organization.Id ? key : throw Refusal.NotFound("API key", id);
    }

    private static AccessEntryResource Show(AccessEntry entry) =>
        new(entry.Block, AddressBlocks.Single(entry.Block), entry.CreatedAt);

    private static ApiKeyResource Show(ApiKey key, string privateKey, IReadOnlyList<Grant> grants) =>
        new(key.Id, key.Description, key.PublicKey, privateKey, Grants.Show(key.Id, grants));
}
