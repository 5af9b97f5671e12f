using Godwit.Contracts.Own;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;
using MongoDB.Driver;

namespace Godwit.Hub.Destinations;

/// <summary>
/// Temporary users that are on a destination though nothing that the Hub knows uses them: a Hub that was put back from a backup does not
/// remember what it has begun since (P3). They are named; who knows that no host works with one any more has it removed.
/// </summary>
internal sealed class TemporaryUserDesk(HubDatabase database, SelfManagedAccess access, TimeProvider time)
{
    private const string LeftBehind = "LEFT_BEHIND";
    private const string InUse = "IN_USE";

    /// <summary>The temporary users that a cluster has now.</summary>
    internal async Task<IReadOnlyList<TemporaryUserResource>> ListAsync(
        Scope scope,
        string clusterName,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadProject);
        var cluster = await FindAsync(scope, clusterName, cancellationToken).ConfigureAwait(false);
        return await ListAsync(cluster, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes one that nothing uses, with its role.</summary>
    internal async Task RemoveAsync(
        Scope scope,
        string clusterName,
        string userName,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageProject);
        var cluster = await FindAsync(scope, clusterName, cancellationToken).ConfigureAwait(false);
        var all = await ListAsync(cluster, cancellationToken).ConfigureAwait(false);
        var found =
            all.FirstOrDefault(one => one.Name == userName) ?? throw Refusal.NotFound("temporary user", userName);
        if (found.State != LeftBehind)
        {
            throw Refusal.Conflict(
                "TEMPORARY_USER_IN_USE",
                found.State == InUse
                    ? $"{userName} belongs to what is under way: it goes with its end."
                    : $"{userName} was made by another Hub, which removes it: look there."
            );
        }

        await AskAsync(
                cluster,
                async () =>
                {
                    await access
                        .RemoveAsync(database, found.LiveMigrationId, cluster.Id, cancellationToken)
                        .ConfigureAwait(false);
                    return true;
                }
            )
            .ConfigureAwait(false);
        Audit.Add(scope, database, time, "TEMPORARY_USER_REMOVED", new { userName, cluster.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<TemporaryUserResource>> ListAsync(
        Cluster cluster,
        CancellationToken cancellationToken
    )
    {
        var found = await AskAsync(cluster, () => access.ListAsync(cluster, cancellationToken)).ConfigureAwait(false);
        var ids = found.Select(one => one.Id).ToList();
        var used = await database
            .Migrations.Where(one => one.IsActive && ids.Contains(one.Id))
            .Select(one => one.Id)
            .Concat(database.Validations.Where(one => one.IsActive && ids.Contains(one.Id)).Select(one => one.Id))
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var own = await SelfManagedAccess.IncarnationAsync(database, cancellationToken).ConfigureAwait(false);
        return
        [
            .. found.Select(one => new TemporaryUserResource(
                TemporaryUsers.Name(one.Id),
                one.Id,
                used.Contains(one.Id) ? InUse
                    : one.Owner is null || one.Owner == own ? LeftBehind
                    : "OF_ANOTHER_HUB"
            )),
        ];
    }

    private static async Task<TAnswer> AskAsync<TAnswer>(Cluster cluster, Func<Task<TAnswer>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception away) when (away is MongoException or TimeoutException)
        {
            throw Refusal.Conflict(
                "CLUSTER_NOT_USABLE",
                $"{cluster.Name} does not tell of its users: {SecretText.OfText(away.Message)}"
            );
        }
    }

    private async Task<Cluster> FindAsync(Scope scope, string name, CancellationToken cancellationToken)
    {
        var cluster =
            await database
                .Clusters.AsNoTracking()
                .FirstOrDefaultAsync(one => one.ProjectId == scope.Group.Id && one.Name == name, cancellationToken)
                .ConfigureAwait(false)
            ?? throw Refusal.NotFound("cluster", name);
        return cluster.AtlasAccountId is null
            ? cluster
            : throw Refusal.Conflict(
                "CLUSTER_OF_ATLAS",
                $"Users of {name} are listed by Atlas: those that are called godwit-… are the Hub's."
            );
    }
}
