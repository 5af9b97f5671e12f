using System.Net;
using System.Text.Json.Nodes;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// The guide to a cluster of Atlas: a double of its Admin API, whose database users are really made on a Sandbox with the privileges that
/// were asked for, so that what the Hub asks for is shown to be enough (A01, P7).
/// </summary>
[Requirement("A01")]
[Requirement("B07")]
public sealed class AtlasGuideTests
{
    private const string Secret = "s3cret-Word";
    private const string Cluster = "shop-atlas";
    private const string Host = "vm1";
    private const int Orders = 500;
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_migration_to_a_cluster_that_was_found_in_Atlas_runs_with_the_user_that_Atlas_made()
    {
        await using var source = await SandboxProcess.StartAsync(Secret);
        await using var destination = await SandboxProcess.StartAsync(Secret);
        await using var atlas = await AtlasDouble.StartAsync();
        var address = new MongoUrlBuilder(destination.PlainAddress) { Username = null, Password = null }.ToString();
        atlas.AddCluster(Cluster, address);
        atlas.OnUser = (name, user) => PutUserAsync(destination.Client, atlas, name, user);
        await using var hub = await HubProcess.StartAsync(atlas.Url);
        using var api = await hub.OwnerAsync();
        await using var agent = new AgentProcess();
        var orders = source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        await orders.InsertManyAsync(
            Enumerable.Range(0, Orders).Select(i => new BsonDocument("_id", i)),
            null,
            Cancellation
        );
        await orders.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>("{number: 1}", new() { Unique = true, Sparse = true }),
            null,
            Cancellation
        );

        var (status, connected) = await api.SendAsync(
            HttpMethod.Put,
            $"{api.Own}/atlas",
            new
            {
                atlasGroupId = AtlasDouble.GroupId,
                clientId = AtlasDouble.ClientId,
                clientSecret = AtlasDouble.ClientSecret,
            }
        );
        status.ShouldBe(HttpStatusCode.OK, connected?.ToString());
        var tokens = $"/api/atlas/v2/orgs/{api.OrganizationId}/liveMigrations";
        var token = await api.PostAsync($"{tokens}/linkTokens", new { }, HttpStatusCode.OK, "2023-01-01");
        await agent.LinkAsync((string)token["linkToken"]!, Host);
        await agent.AddClusterAsync("shop", source.ConnectionString);
        await agent.StartAsync();
        var available = await api.UntilAsync(
            $"{tokens}/availableProjects",
            all => all[0]!["deployments"]!.AsArray().Count == 1
        );
        var request = Request((string)available[0]!["projectId"]!, api.ProjectId);

        var validation = await api.PostAsync($"{api.Own}/validations", request, HttpStatusCode.Created, "");
        var validated = await api.UntilAsync(
            $"{api.Own}/validations/{validation["id"]}",
            one => (string)one["status"]! != "PENDING"
        );
        ((string)validated["status"]!).ShouldBe("SUCCESS", validated.ToString());
        validated["checks"]!.AsArray().Select(one => (string)one!["id"]!).ShouldContain("bi-connector");
        var made = await api.PostAsync($"{api.Own}/migrations", request, HttpStatusCode.Created, "");
        var path = $"{api.Own}/migrations/{made["id"]}";
        await api.UntilAsync(path, one => (bool)one["readyForCutover"]!);
        atlas.Users.Keys.ShouldContain($"godwit-{made["id"]}");
        (await api.SendAsync(HttpMethod.Post, $"{path}/cutover")).Status.ShouldBe(HttpStatusCode.Accepted);
        await api.UntilAsync(path, one => (string)one["status"]! == "COMPLETE");

        var there = destination.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        (await there.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(Orders);
        var report = await api.GetAsync($"{path}/report");
        ((string)report["verdict"]!["text"]!).ShouldBe("identical", report.ToString());
        (atlas.Users.Count, atlas.Roles.Count, atlas.AccessList.Count).ShouldBe((0, 0, 0));
    }

    private static JsonObject Request(string sourceProject, string project) =>
        new()
        {
            ["source"] = new JsonObject
            {
                ["clusterName"] = "shop",
                ["groupId"] = sourceProject,
                ["managedAuthentication"] = true,
                ["ssl"] = false,
            },
            ["destination"] = new JsonObject
            {
                ["clusterName"] = Cluster,
                ["groupId"] = project,
                ["hostnameSchemaType"] = "PUBLIC",
            },
            ["migrationHosts"] = new JsonArray(Host),
        };

    /// <summary>What Atlas does on its clusters when a database user comes, changes or goes.</summary>
    private static async Task PutUserAsync(IMongoClient client, AtlasDouble atlas, string name, JsonObject? user)
    {
        var admin = client.GetDatabase("admin");
        var known = await admin.RunCommandAsync<BsonDocument>(new BsonDocument("usersInfo", name), null, Cancellation);
        if (known["users"].AsBsonArray.Count > 0)
        {
            await admin.RunCommandAsync<BsonDocument>(new BsonDocument("dropUser", name), null, Cancellation);
        }

        if (user is null)
        {
            return;
        }

        var roles = new BsonArray();
        foreach (var role in user["roles"]!.AsArray().Select(one => (string)one!["roleName"]!))
        {
            if (atlas.Roles.TryGetValue(role, out var custom))
            {
                await PutRoleAsync(admin, role, custom);
            }

            roles.Add(new BsonDocument { { "role", role }, { "db", "admin" } });
        }

        var create = new BsonDocument
        {
            { "createUser", name },
            { "pwd", (string)user["password"]! },
            { "roles", roles },
        };
        await admin.RunCommandAsync<BsonDocument>(create, null, Cancellation);
    }

    private static async Task PutRoleAsync(IMongoDatabase admin, string name, JsonObject role)
    {
        var there = await admin.RunCommandAsync<BsonDocument>(new BsonDocument("rolesInfo", name), null, Cancellation);
        var privileges = role["actions"]!
            .AsArray()
            .Select(one => new BsonDocument
            {
                {
                    "resource",
                    (bool)one!["resources"]![0]!["cluster"]!
                        ? new BsonDocument("cluster", true)
                        : new BsonDocument
                        {
                            { "db", (string)one["resources"]![0]!["db"]! },
                            { "collection", (string)one["resources"]![0]!["collection"]! },
                        }
                },
                {
                    "actions",
                    new BsonArray { ActionOf((string)one["action"]!) }
                },
            });
        var command = new BsonDocument
        {
            { there["roles"].AsBsonArray.Count > 0 ? "updateRole" : "createRole", name },
            { "privileges", new BsonArray(privileges) },
            { "roles", new BsonArray() },
        };
        await admin.RunCommandAsync<BsonDocument>(command, null, Cancellation);
    }

    /// <summary>As the server calls what Atlas calls otherwise.</summary>
    private static string ActionOf(string atlas) =>
        atlas switch
        {
            "SET_USER_WRITE_BLOCK" => "setUserWriteBlockMode",
            "BYPASS_USER_WRITE_BLOCK" => "bypassWriteBlockingMode",
            "RENAME_COLLECTION_SAME_DB" => "renameCollectionSameDB",
            _ => string.Concat(
                atlas
                    .ToLowerInvariant()
                    .Split('_')
                    .Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..])
            ),
        };
}
