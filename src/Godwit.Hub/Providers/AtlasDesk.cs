using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Notifications;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Providers;

/// <summary>A project's connection with Atlas: its clusters become destinations without anybody registering them (A01).</summary>
internal sealed class AtlasDesk(
    HubDatabase database,
    KeyRing ring,
    AddressRules rules,
    HubOptions options,
    OutboundRule rule,
    TimeProvider time
)
{
    private static readonly string[] Clouds = ["AWS", "AZURE", "GCP"];

    /// <summary>Connects a project, or gives it other credentials for the same project of Atlas.</summary>
    internal async Task<AtlasAccountResource> ConnectAsync(
        Scope scope,
        AtlasAccountRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageProject);
        var (isServiceAccount, publicId, secret) = Read(request);
        var groupId = request.AtlasGroupId!;
        var former = await FindAsync(scope, cancellationToken).ConfigureAwait(false);
        if (former is not null && former.AtlasGroupId != groupId)
        {
            throw Refusal.Conflict(
                "ATLAS_ALREADY_CONNECTED",
                $"This project is connected with Atlas' project {former.AtlasGroupId}: disconnect it first."
            );
        }

        using var api = new AtlasApi(isServiceAccount, publicId, secret, options, rule, time);
        AtlasProject project;
        try
        {
            project = await api.GetAsync<AtlasProject>($"/groups/{groupId}", cancellationToken).ConfigureAwait(false);
        }
        catch (AtlasException refused)
        {
            throw refused.ToRefusal();
        }

        var account = new AtlasAccount
        {
            Id = former?.Id ?? ObjectIds.New(time),
            ProjectId = scope.Group.Id,
            AtlasGroupId = groupId,
            Name = project.Name,
            IsServiceAccount = isServiceAccount,
            PublicId = publicId,
            SealedSecret = ring.Seal(secret, KeyRing.Providers),
        };
        if (former is not null)
        {
            _ = database.Remove(former);
            _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }

        _ = database.Add(account);
        Audit.Add(
            scope,
            database,
            time,
            "ATLAS_CONNECTED",
            new
            {
                groupId,
                project.Name,
                publicId,
            }
        );
        return await RefreshAsync(scope, account, api, cancellationToken).ConfigureAwait(false);
    }

    internal async Task<AtlasAccountResource> GetAsync(Scope scope, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadProject);
        var account = await RequireAsync(scope, cancellationToken).ConfigureAwait(false);
        return await ShowAsync(account, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks for clusters anew.</summary>
    internal async Task<AtlasAccountResource> RefreshAsync(Scope scope, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageProject);
        var account = await RequireAsync(scope, cancellationToken).ConfigureAwait(false);
        using var api = AtlasApi.Open(account, ring, options, rule, time);
        return await RefreshAsync(scope, account, api, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets credentials and clusters; nothing in Atlas is touched.</summary>
    internal async Task DisconnectAsync(Scope scope, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageProject);
        var account = await RequireAsync(scope, cancellationToken).ConfigureAwait(false);
        var clusters = await ClustersAsync(account, cancellationToken).ConfigureAwait(false);
        await RequireUnusedAsync(clusters, cancellationToken).ConfigureAwait(false);
        database.RemoveRange(clusters);
        _ = database.Remove(account);
        Audit.Add(scope, database, time, "ATLAS_DISCONNECTED", new { account.AtlasGroupId });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<AtlasAccountResource> RefreshAsync(
        Scope scope,
        AtlasAccount account,
        AtlasApi api,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var group = $"/groups/{account.AtlasGroupId}";
            var found = await api.ListAsync<AtlasCluster>($"{group}/clusters", cancellationToken, AtlasApi.Clusters)
                .ConfigureAwait(false);
            var peerings = new List<AtlasPeering>();
            var services = new List<AtlasEndpointService>();
            foreach (var cloud in Clouds)
            {
                peerings.AddRange(
                    await api.ListAsync<AtlasPeering>($"{group}/peers?providerName={cloud}", cancellationToken)
                        .ConfigureAwait(false)
                );
                services.AddRange(
                    await api.GetAsync<List<AtlasEndpointService>>(
                            $"{group}/privateEndpoint/{cloud}/endpointService",
                            cancellationToken
                        )
                        .ConfigureAwait(false)
                );
            }

            await KeepAsync(scope, account, found, peerings, services, cancellationToken).ConfigureAwait(false);
        }
        catch (AtlasException refused)
        {
            throw refused.ToRefusal();
        }

        account.RefreshedAt = time.GetUtcNow();
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return await ShowAsync(account, cancellationToken).ConfigureAwait(false);
    }

    private async Task KeepAsync(
        Scope scope,
        AtlasAccount account,
        IReadOnlyList<AtlasCluster> found,
        IReadOnlyList<AtlasPeering> peerings,
        IReadOnlyList<AtlasEndpointService> services,
        CancellationToken cancellationToken
    )
    {
        var known = await database
            .Clusters.Where(one => one.ProjectId == scope.Group.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var cluster in found)
        {
            var facts = AtlasFacts.Of(cluster, peerings, services);
            var address = facts.Address ?? "";
            if (address.Length > 0)
            {
                await rules.RequireAsync(address, cancellationToken).ConfigureAwait(false);
            }

            var same = known.Find(one => one.Name == cluster.Name);
            if (same is { AtlasAccountId: null })
            {
                // Registered by its address, by somebody who had a reason.
                continue;
            }

            if (same is null)
            {
                same = new()
                {
                    Id = ObjectIds.New(time),
                    ProjectId = scope.Group.Id,
                    Name = cluster.Name,
                    AtlasAccountId = account.Id,
                    SealedAddress = "",
                    ShownAddress = "",
                    Facts = "",
                    CreatedAt = time.GetUtcNow(),
                };
                _ = database.Add(same);
                Audit.Add(scope, database, time, "CLUSTER_DISCOVERED", new { cluster.Name });
            }

            same.SealedAddress = ring.Seal(address, KeyRing.Clusters);
            same.ShownAddress = SecretText.OfAddress(address);
            same.Facts = ApiJson.Write(AtlasFacts.Describe(cluster));
            same.ProviderFacts = ApiJson.Write(facts);
        }

        // Gone from Atlas, gone from here, unless a migration still has to clean up there.
        var gone = known
            .Where(one => one.AtlasAccountId == account.Id && found.All(two => two.Name != one.Name))
            .ToList();
        foreach (var one in gone)
        {
            if (
                !await database
                    .Migrations.AnyAsync(two => two.ActiveClusterId == one.Id, cancellationToken)
                    .ConfigureAwait(false)
            )
            {
                _ = database.Remove(one);
            }
        }
    }

    private async Task RequireUnusedAsync(IReadOnlyList<Cluster> clusters, CancellationToken cancellationToken)
    {
        var ids = clusters.Select(one => one.Id).ToList();
        var active = await database
            .Migrations.AsNoTracking()
            .FirstOrDefaultAsync(
                one => one.ActiveClusterId != null && ids.Contains(one.ActiveClusterId),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (active is not null)
        {
            throw Refusal.Conflict("CLUSTER_IN_USE", $"Migration {active.Id} is using one of its clusters.");
        }
    }

    private async Task<AtlasAccountResource> ShowAsync(AtlasAccount account, CancellationToken cancellationToken) =>
        new(
            account.AtlasGroupId,
            account.Name,
            options.AtlasUrl.ToString(),
            account.IsServiceAccount ? "SERVICE_ACCOUNT" : "API_KEY",
            account.PublicId,
            [
                .. (await ClustersAsync(account, cancellationToken).ConfigureAwait(false))
                    .Select(one => one.Name)
                    .Order(StringComparer.Ordinal),
            ],
            account.RefreshedAt
        );

    private Task<List<Cluster>> ClustersAsync(AtlasAccount account, CancellationToken cancellationToken) =>
        database.Clusters.Where(one => one.AtlasAccountId == account.Id).ToListAsync(cancellationToken);

    private Task<AtlasAccount?> FindAsync(Scope scope, CancellationToken cancellationToken) =>
        database.AtlasAccounts.FirstOrDefaultAsync(one => one.ProjectId == scope.Group.Id, cancellationToken);

    private async Task<AtlasAccount> RequireAsync(Scope scope, CancellationToken cancellationToken) =>
        await FindAsync(scope, cancellationToken).ConfigureAwait(false)
        ?? throw Refusal.NotFound("connection with Atlas of project", scope.Group.Id);

    private static (bool IsServiceAccount, string PublicId, string Secret) Read(AtlasAccountRequest request)
    {
        var wrong = new List<BadField>();
        if (!ObjectIds.IsValid(request.AtlasGroupId ?? ""))
        {
            wrong.Add(new("atlasGroupId", "it has 24 hexadecimal digits"));
        }

        var isServiceAccount = request.ClientId is not null || request.ClientSecret is not null;
        if (isServiceAccount && (request.PublicKey ?? request.PrivateKey) is not null)
        {
            wrong.Add(new("clientId", "it is sent instead of publicKey and privateKey, not beside them"));
        }

        var (publicField, secretField) = isServiceAccount ? ("clientId", "clientSecret") : ("publicKey", "privateKey");
        var (publicId, secret) = isServiceAccount
            ? (request.ClientId, request.ClientSecret)
            : (request.PublicKey, request.PrivateKey);
        if (publicId is not { Length: > 0 })
        {
            wrong.Add(new(publicField, "it is missing"));
        }

        if (secret is not { Length: > 0 })
        {
            wrong.Add(new(secretField, "it is missing"));
        }

        return wrong.Count == 0 ? (isServiceAccount, publicId!, secret!) : throw Refusal.Invalid(wrong);
    }
}
