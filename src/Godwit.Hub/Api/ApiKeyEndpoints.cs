using System.Security.Cryptography;
using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>API keys: the private one is shown when it is made and never again.</summary>
internal static class ApiKeyEndpoints
{
    private const string PublicLetters = "abcdefghijklmnopqrstuvwxyz";
    private const int PublicLength = 8;
    private const int EndingLength = 4;

    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2");
        _ = atlas.MapGet("/orgs/{orgId}/apiKeys", ListAsync).Needs(Operation.ReadOrganization);
        _ = atlas.MapPost("/orgs/{orgId}/apiKeys", CreateAsync).Needs(Operation.ManageOrganization);
        _ = atlas.MapDelete("/orgs/{orgId}/apiKeys/{apiUserId}", DeleteAsync).Needs(Operation.ManageOrganization);
        _ = atlas
            .MapPost("/orgs/{orgId}/apiKeys/{apiUserId}/accessList", AllowAsync)
            .Needs(Operation.ManageOrganization);
        _ = atlas.MapPost("/groups/{groupId}/apiKeys", CreateAsync).Needs(Operation.ManageProject);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        HubDatabase database,
        CancellationToken cancellationToken
    )
    {
        var organization = http.Scope().Organization;
        var grants = await database
            .Grants.Where(grant => grant.OrganizationId == organization.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var keys = database.ApiKeys.Where(key => key.OrganizationId == organization.Id).OrderBy(key => key.Id);
        return new Answer(
            await Paging.ReadAsync(http, keys, key => Show(key, $"********-{key.Ending}", grants)).ConfigureAwait(false)
        );
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        HubDatabase database,
        KeyRing ring,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var scope = http.Scope();
        var body = await Body.ReadAsync<NewKey>(http.Request).ConfigureAwait(false);
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
            Description = body.Desc is { Length: > 0 and <= 250 } text
                ? text
                : throw Refusal.Invalid(new BadField("desc", "it has 1 to 250 characters")),
            CreatedAt = time.GetUtcNow(),
        };
        var grants = Grants.Create(time, key.Id, scope.Organization, scope.Project, body.Roles);
        _ = database.Add(key);
        database.AddRange(grants);
        Audit.Add(http, database, time, "API_KEY_CREATED", new { key.PublicKey, body.Roles });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(Show(key, privateKey, grants));
    }

    private static async Task<IResult> DeleteAsync(
        string apiUserId,
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var key = await FindAsync(apiUserId, http, database).ConfigureAwait(false);
        _ = database.Remove(key);
        database.RemoveRange(database.Grants.Where(grant => grant.PrincipalId == key.Id));
        database.RemoveRange(database.AccessEntries.Where(entry => entry.OwnerId == key.Id));
        Audit.Add(http, database, time, "API_KEY_DELETED", new { key.PublicKey });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Answer.Nothing();
    }

    private static async Task<IResult> AllowAsync(
        string apiUserId,
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var key = await FindAsync(apiUserId, http, database).ConfigureAwait(false);
        var entries = await Body.ReadAsync<IReadOnlyList<NewEntry>>(http.Request).ConfigureAwait(false);
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
            Audit.Add(http, database, time, "API_KEY_ACCESS_LIST_ENTRY_ADDED", new { key.PublicKey, block });
        }

        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        var all = database.AccessEntries.Where(one => one.OwnerId == key.Id).OrderBy(one => one.Id);
        return new Answer(
            await Paging
                .ReadAsync(http, all, one => new { CidrBlock = one.Block, Created = one.CreatedAt })
                .ConfigureAwait(false)
        );
    }

    private static async Task<ApiKey> FindAsync(string id, HttpContext http, HubDatabase database)
    {
        var key = await database.ApiKeys.FindAsync([id], http.RequestAborted).ConfigureAwait(false);
        return key?.OrganizationId == http.Scope().Organization.Id ? key : throw Refusal.NotFound("API key", id);
    }

    private static object Show(ApiKey key, string privateKey, IReadOnlyList<Grant> grants) =>
        new
        {
            key.Id,
            Desc = key.Description,
            key.PublicKey,
            PrivateKey = privateKey,
            Roles = grants
                .Where(grant => grant.PrincipalId == key.Id)
                .Select(grant => new
                {
                    RoleName = grant.Role,
                    OrgId = grant.ProjectId is null ? grant.OrganizationId : null,
                    GroupId = grant.ProjectId,
                })
                .ToList(),
        };

    private sealed record NewKey(string? Desc, IReadOnlyList<string>? Roles);

    private sealed record NewEntry(string? IpAddress, string? CidrBlock);
}
