using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Destinations;

/// <summary>Destination clusters, registered by connection string (A01).</summary>
internal static class ClusterEndpoints
{
    private const string Path = "/groups/{groupId}/clusters";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("/api/godwit/v1");
        _ = own.MapGet(Path, ListAsync).Needs(Operation.ReadProject);
        _ = own.MapPost(Path, RegisterAsync).Needs(Operation.ManageProject);
        _ = own.MapGet($"{Path}/{{clusterName}}", GetAsync).Needs(Operation.ReadProject);
        _ = own.MapDelete($"{Path}/{{clusterName}}", RemoveAsync).Needs(Operation.ManageProject);
    }

    private static async Task<IResult> ListAsync(HttpContext http, HubDatabase database) =>
        new Answer(
            await Paging
                .ReadAsync(
                    http,
                    database.Clusters.Where(one => one.ProjectId == http.Scope().Group.Id).OrderBy(one => one.Name),
                    Show
                )
                .ConfigureAwait(false)
        );

    private static async Task<IResult> GetAsync(string clusterName, HttpContext http, HubDatabase database) =>
        new Answer(Show(await FindAsync(clusterName, http, database).ConfigureAwait(false)));

    private static async Task<IResult> RegisterAsync(
        HttpContext http,
        HubDatabase database,
        AddressRules rules,
        KeyRing ring,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var project = http.Scope().Group;
        var body = await Body.ReadAsync<NewCluster>(http.Request).ConfigureAwait(false);
        if (
            body.Name is not { Length: > 0 and <= 64 } name
            || name.Any(one => !char.IsLetterOrDigit(one) && one != '-')
        )
        {
            throw Refusal.Invalid(new BadField("name", "it has 1 to 64 letters, digits and hyphens"));
        }

        var address = body.ConnectionString ?? throw Refusal.Invalid(new BadField("connectionString", "it is missing"));
        await rules.RequireAsync(address, cancellationToken).ConfigureAwait(false);
        var facts = await ClusterInspector.InspectAsync(address, time, cancellationToken).ConfigureAwait(false);
        if (facts.Fault is { } fault)
        {
            throw Refusal.BadRequest(
                "CLUSTER_NOT_USABLE",
                $"The Hub cannot use this cluster ({fault.Kind}): {SecretText.OfText(fault.Detail)}"
            );
        }

        var cluster = await database
            .Clusters.FirstOrDefaultAsync(one => one.ProjectId == project.Id && one.Name == name, cancellationToken)
            .ConfigureAwait(false);
        if (cluster is not null)
        {
            throw Refusal.Conflict("DUPLICATE_CLUSTER_NAME", $"There is a cluster {name} in this project already.");
        }

        cluster = new()
        {
            Id = ObjectIds.New(time),
            ProjectId = project.Id,
            Name = name,
            SealedAddress = ring.Seal(address, KeyRing.Clusters),
            ShownAddress = SecretText.OfAddress(address),
            Facts = ApiJson.Write(Describe(facts)),
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(cluster);
        Audit.Add(http, database, time, "CLUSTER_REGISTERED", new { cluster.Name, cluster.ShownAddress });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(Show(cluster), StatusCodes.Status201Created);
    }

    private static async Task<IResult> RemoveAsync(
        string clusterName,
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var cluster = await FindAsync(clusterName, http, database).ConfigureAwait(false);
        var user = await database
            .Migrations.FirstOrDefaultAsync(one => one.ActiveClusterId == cluster.Id, cancellationToken)
            .ConfigureAwait(false);
        if (user is not null)
        {
            throw Refusal.Conflict("CLUSTER_IN_USE", $"Migration {user.Id} is using {clusterName}.");
        }

        _ = database.Remove(cluster);
        Audit.Add(http, database, time, "CLUSTER_REMOVED", new { cluster.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Answer.Nothing();
    }

    private static async Task<Cluster> FindAsync(string name, HttpContext http, HubDatabase database)
    {
        var projectId = http.Scope().Group.Id;
        return await database
                .Clusters.FirstOrDefaultAsync(
                    one => one.ProjectId == projectId && one.Name == name,
                    http.RequestAborted
                )
                .ConfigureAwait(false)
            ?? throw Refusal.NotFound("cluster", name);
    }

    private static ClusterFactsText Describe(ClusterFacts facts) =>
        new(
            facts.Shape switch
            {
                ClusterShape.Standalone => "STANDALONE",
                ClusterShape.ReplicaSet => "REPLICA_SET",
                ClusterShape.Sharded => "SHARDED",
            },
            facts.Version.ToString(),
            facts.Identity,
            facts.IsAuthorizationEnabled,
            facts.IsEncrypted
        );

    private static object Show(Cluster cluster)
    {
        var facts = ApiJson.Read<ClusterFactsText>(cluster.Facts);
        return new
        {
            cluster.Id,
            cluster.Name,
            GroupId = cluster.ProjectId,
            ConnectionString = cluster.ShownAddress,
            ClusterType = facts.Shape,
            MongoDBVersion = facts.Version,
            facts.IsEncrypted,
            Provider = "SELF_MANAGED",
        };
    }

    private sealed record NewCluster(string? Name, string? ConnectionString);
}
