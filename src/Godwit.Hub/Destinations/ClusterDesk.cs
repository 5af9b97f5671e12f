using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Providers;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Destinations;

/// <summary>Destination clusters, registered by connection string (A01).</summary>
internal sealed class ClusterDesk(
    HubDatabase database,
    AddressRules rules,
    ClusterAddresses addresses,
    KeyRing ring,
    TimeProvider time
)
{
    private const int NameMax = 64;

    internal Task<Page<ClusterResource>> ListAsync(Scope scope, PageRequest page, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadProject);
        return database
            .Clusters.Where(one => one.ProjectId == scope.Group.Id)
            .OrderBy(one => one.Name)
            .ReadAsync(page, Show, cancellationToken);
    }

    internal async Task<ClusterResource> GetAsync(Scope scope, string name, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadProject);
        return Show(await FindAsync(scope, name, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Looks at a cluster and keeps it.</summary>
    internal async Task<ClusterResource> RegisterAsync(
        Scope scope,
        ClusterRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageProject);
        if (
            request.Name is not { Length: > 0 and <= NameMax } name
            || name.Any(one => !char.IsLetterOrDigit(one) && one != '-')
        )
        {
            throw Refusal.Invalid(new BadField("name", "it has 1 to 64 letters, digits and hyphens"));
        }

        var isTaken = await database
            .Clusters.AnyAsync(one => one.ProjectId == scope.Group.Id && one.Name == name, cancellationToken)
            .ConfigureAwait(false);
        if (isTaken)
        {
            throw Refusal.Conflict("DUPLICATE_CLUSTER_NAME", $"There is a cluster {name} in this project already.");
        }

        var (address, authority, facts) = await LookAsync(
                request.ConnectionString,
                request.CertificateAuthority,
                cancellationToken
            )
            .ConfigureAwait(false);
        var cluster = new Cluster
        {
            Id = ObjectIds.New(time),
            ProjectId = scope.Group.Id,
            Name = name,
            SealedAddress = ring.Seal(address, KeyRing.Clusters),
            ShownAddress = SecretText.OfAddress(address),
            Facts = ApiJson.Write(Describe(facts)),
            Authority = authority,
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(cluster);
        Audit.Add(scope, database, time, "CLUSTER_REGISTERED", new { cluster.Name, cluster.ShownAddress });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Show(cluster);
    }

    /// <summary>
    /// Takes another way to the same cluster, or another user; at any time, since a migration may need it to clean up after itself.
    /// </summary>
    internal async Task<ClusterResource> ChangeAsync(
        Scope scope,
        string name,
        ClusterChangeRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageProject);
        var cluster = await FindAsync(scope, name, cancellationToken).ConfigureAwait(false);
        RequireRegistered(cluster);
        var (address, authority, facts) = await LookAsync(
                request.ConnectionString,
                request.CertificateAuthority ?? cluster.Authority,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (ApiJson.Read<ClusterFactsText>(cluster.Facts).Identity != facts.Identity)
        {
            throw Refusal.Conflict(
                "CLUSTER_IS_ANOTHER",
                $"This leads to another cluster than {name}: register that one under a name of its own."
            );
        }

        cluster.SealedAddress = ring.Seal(address, KeyRing.Clusters);
        cluster.ShownAddress = SecretText.OfAddress(address);
        cluster.Facts = ApiJson.Write(Describe(facts));
        cluster.Authority = authority;
        Audit.Add(scope, database, time, "CLUSTER_CHANGED", new { cluster.Name, cluster.ShownAddress });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Show(cluster);
    }

    /// <summary>Forgets a cluster that no migration uses.</summary>
    internal async Task RemoveAsync(Scope scope, string name, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageProject);
        var cluster = await FindAsync(scope, name, cancellationToken).ConfigureAwait(false);
        RequireRegistered(cluster);
        var user = await database
            .Migrations.FirstOrDefaultAsync(one => one.ActiveClusterId == cluster.Id, cancellationToken)
            .ConfigureAwait(false);
        if (user is not null)
        {
            throw Refusal.Conflict("CLUSTER_IN_USE", $"Migration {user.Id} is using {name}.");
        }

        var checking = await database
            .Validations.AsNoTracking()
            .Where(one => one.ProjectId == scope.Group.Id && one.IsActive)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        if (
            checking.Find(one => ApiJson.Read<Validation.ValidationState>(one.State).Plan.ClusterId == cluster.Id) is
            { } validation
        )
        {
            throw Refusal.Conflict(
                "CLUSTER_IN_USE",
                $"Validation {validation.Id} is using {name}: wait until it has ended."
            );
        }

        _ = database.Remove(cluster);
        Audit.Add(scope, database, time, "CLUSTER_REMOVED", new { cluster.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects once to see what an address leads to.</summary>
    private async Task<(string Address, string? Authority, ClusterFacts Facts)> LookAsync(
        string? connectionString,
        string? certificateAuthority,
        CancellationToken cancellationToken
    )
    {
        var asked = connectionString ?? throw Refusal.Invalid(new BadField("connectionString", "it is missing"));
        await rules.RequireAsync(asked, cancellationToken).ConfigureAwait(false);
        var (address, authority) = ClusterAddresses.Separate(asked, certificateAuthority);
        var facts = await ClusterInspector
            .InspectAsync(
                authority is null ? address : addresses.WithAuthority(address, authority),
                time,
                cancellationToken
            )
            .ConfigureAwait(false);
        return facts.Fault is { } fault
            ? throw Refusal.BadRequest(
                "CLUSTER_NOT_USABLE",
                $"The Hub cannot use this cluster ({fault.Kind}): {SecretText.OfText(fault.Detail)}"
            )
            : (address, authority, facts);
    }

    private static void RequireRegistered(Cluster cluster)
    {
        if (cluster.AtlasAccountId is not null)
        {
            throw Refusal.Conflict(
                "CLUSTER_OF_ATLAS",
                $"{cluster.Name} was found in Atlas: what is known of it comes from there, until the project is disconnected from Atlas."
            );
        }
    }

    private async Task<Cluster> FindAsync(Scope scope, string name, CancellationToken cancellationToken) =>
        await database
            .Clusters.FirstOrDefaultAsync(one => one.ProjectId == scope.Group.Id && one.Name == name, cancellationToken)
            .ConfigureAwait(false)
        ?? throw Refusal.NotFound("cluster", name);

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

    private static ClusterResource Show(Cluster cluster)
    {
        var facts = ApiJson.Read<ClusterFactsText>(cluster.Facts);
        return new(
            cluster.Id,
            cluster.Name,
            cluster.ProjectId,
            cluster.ShownAddress,
            facts.Shape,
            facts.Version,
            facts.IsEncrypted,
            cluster.Authority is not null,
            cluster.AtlasAccountId is null ? "SELF_MANAGED" : "ATLAS",
            cluster.ProviderFacts is { } said ? ApiJson.Read<AtlasFacts>(said).Shown : null
        );
    }
}
