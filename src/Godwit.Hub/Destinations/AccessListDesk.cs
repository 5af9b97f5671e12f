using System.Net;
using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Destinations;

/// <summary>
/// A project's access list (B07): for clusters that have none of their own it is the Hub's record, kept by letting migrations' users in from
/// these addresses only (P18). An empty one lets each host in from its own addresses.
/// </summary>
internal sealed class AccessListDesk(HubDatabase database, TimeProvider time)
{
    private const int CommentMax = 80;

    internal Task<Page<ProjectAccessResource>> ListAsync(
        Scope scope,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadProject);
        return Current(database, scope.Group.Id, time.GetUtcNow())
            .OrderBy(one => one.Id)
            .ReadAsync(page, Show, cancellationToken);
    }

    /// <summary>Adds entries; one that is there already is replaced, as in Atlas.</summary>
    internal async Task<Page<ProjectAccessResource>> AddAsync(
        Scope scope,
        IReadOnlyList<ProjectAccessRequest> entries,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageAccessList);
        var now = time.GetUtcNow();
        foreach (var entry in entries)
        {
            var block =
                AddressBlocks.Normalize(entry.IpAddress ?? entry.CidrBlock ?? "")
                ?? throw Refusal.Invalid(new BadField("ipAddress", "it is no address, and cidrBlock no block"));
            if (entry.Comment is { Length: > CommentMax })
            {
                throw Refusal.Invalid(new BadField("comment", "it has at most 80 characters"));
            }

            if (entry.DeleteAfterDate <= now)
            {
                throw Refusal.Invalid(new BadField("deleteAfterDate", "it is in the past"));
            }

            database.RemoveRange(
                database.AccessEntries.Where(one => one.OwnerId == scope.Group.Id && one.Block == block)
            );
            _ = database.Add(
                new AccessEntry
                {
                    Id = ObjectIds.New(time),
                    OwnerId = scope.Group.Id,
                    Block = block,
                    Comment = entry.Comment ?? "",
                    DeleteAfter = entry.DeleteAfterDate,
                    CreatedAt = now,
                }
            );
            Audit.Add(scope, database, time, "NETWORK_PERMISSION_ENTRY_ADDED", new { block, entry.Comment });
        }

        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return await ListAsync(scope, new(), cancellationToken).ConfigureAwait(false);
    }

    internal async Task RemoveAsync(Scope scope, string address, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageAccessList);
        var block = AddressBlocks.Normalize(address);
        var entry =
            await database
                .AccessEntries.FirstOrDefaultAsync(
                    one => one.OwnerId == scope.Group.Id && one.Block == block,
                    cancellationToken
                )
                .ConfigureAwait(false)
            ?? throw Refusal.NotFound("access list entry", address);
        await RequireUnusedAsync(scope.Group.Id, entry, cancellationToken).ConfigureAwait(false);
        _ = database.Remove(entry);
        Audit.Add(scope, database, time, "NETWORK_PERMISSION_ENTRY_REMOVED", new { entry.Block });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="Refusal">A host of a migration that is under way comes in by it, and by no other.</exception>
    private async Task RequireUnusedAsync(string projectId, AccessEntry entry, CancellationToken cancellationToken)
    {
        var others = (await BlocksAsync(database, projectId, time.GetUtcNow(), cancellationToken).ConfigureAwait(false))
            .Where(one => one != entry.Block)
            .ToList();
        var active = await database
            .Migrations.AsNoTracking()
            .Where(one => one.ProjectId == projectId && one.IsActive)
            .Join(database.Hosts, one => one.HostId, host => host.Id, (one, host) => new { one.Id, Host = host })
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var user = active.Find(one =>
        {
            var addresses = SelfManagedAccess
                .AddressesOf(one.Host)
                .Select(text => IPAddress.TryParse(text, out var address) ? address : null)
                .ToList();
            return addresses.Exists(address => AddressBlocks.Contain([entry.Block], address))
                && !addresses.Exists(address => AddressBlocks.Contain(others, address));
        });
        if (user is not null)
        {
            throw Refusal.Conflict(
                "ACCESS_LIST_ENTRY_IN_USE",
                $"Migration {user.Id} comes in from {user.Host.Name} by {entry.Block} alone: cancel it first, or add another entry for that host."
            );
        }
    }

    /// <summary>The blocks that a project lets in now; none means that each host is let in from its own addresses.</summary>
    internal static Task<List<string>> BlocksAsync(
        HubDatabase database,
        string projectId,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) => Current(database, projectId, now).Select(one => one.Block).ToListAsync(cancellationToken);

    private static IQueryable<AccessEntry> Current(HubDatabase database, string projectId, DateTimeOffset now) =>
        database
            .AccessEntries.AsNoTracking()
            .Where(one => one.OwnerId == projectId && (one.DeleteAfter == null || one.DeleteAfter > now));

    private static ProjectAccessResource Show(AccessEntry entry) =>
        new(
            entry.OwnerId,
            entry.Block,
            AddressBlocks.Single(entry.Block),
            entry.Comment,
            entry.DeleteAfter,
            entry.CreatedAt
        );
}
