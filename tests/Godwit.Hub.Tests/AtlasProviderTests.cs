using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Clusters of Atlas as destinations: found, described, opened to a host for a migration and closed again (A01, B07, P18).</summary>
[Requirement("A01")]
public sealed class AtlasProviderTests : IAsyncLifetime
{
    private const string Cluster = "shop-atlas";
    private const string Endpoint = "vpce-0123456789";
    private AtlasDouble atlas = null!;
    private TestMigration stage = null!;

    public async ValueTask InitializeAsync()
    {
        atlas = await AtlasDouble.StartAsync();
        atlas.AddCluster(Cluster, "mongodb://198.51.100.7:27017/?replicaSet=atlas-a&tls=true");
        stage = await TestMigration.StartAsync(options => options with { AtlasUrl = atlas.Url, SmallestTier = "M30" });
    }

    public async ValueTask DisposeAsync()
    {
        await stage.DisposeAsync();
        await atlas.DisposeAsync();
    }

    private string Path => $"/api/godwit/v1/groups/{stage.Owner.ProjectId}";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Its_clusters_become_destinations_with_what_Atlas_says_of_them(bool isServiceAccount)
    {
        var connected = await ConnectAsync(isServiceAccount);
        ((string)connected["name"]!, (string)connected["credential"]!).ShouldBe(
            ("Shop in the cloud", isServiceAccount ? "SERVICE_ACCOUNT" : "API_KEY")
        );
        connected["clusters"]!.AsArray().Select(one => (string)one!).ShouldBe([Cluster]);
        atlas.Tokens.ShouldBe(isServiceAccount ? 1 : 0);
        var cluster = await ClusterAsync();
        ((string)cluster["provider"]!, (string)cluster["clusterType"]!, (string)cluster["mongoDBVersion"]!).ShouldBe(
            ("ATLAS", "REPLICA_SET", "8.0.10")
        );
        var details = cluster["details"]!;
        ((string)details["tier"]!, (int)details["nodes"]!, (double)details["diskGigabytes"]!).ShouldBe(
            ("M30", 3, 80.0)
        );
        ((string)details["regions"]![0]!).ShouldBe("AWS EU_WEST_1");

        // What was gone or changed in Atlas is, too, once it was looked for.
        _ = atlas.Clusters.TryRemove(Cluster, out _);
        atlas.AddCluster("another", "mongodb://198.51.100.8/", type: "SHARDED");
        var refreshed = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Post, $"{Path}/atlas/refresh"));
        refreshed["clusters"]!.AsArray().Select(one => (string)one!).ShouldBe(["another"]);
        (await stage.SendAsync(HttpMethod.Delete, $"{Path}/atlas")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await stage.SendAsync(HttpMethod.Get, $"{Path}/clusters/another")).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
    }

    [Fact]
    public async Task A_key_that_Atlas_does_not_know_is_said_and_no_secret_is_shown_or_kept_in_clear()
    {
        var wrong = await PutAsync(
            new
            {
                atlasGroupId = AtlasDouble.GroupId,
                publicKey = "x",
                privateKey = "y",
            }
        );
        (await TestHub.CodeAsync(wrong)).ShouldBe("ATLAS_UNAUTHORIZED");
        var both = await PutAsync(
            new
            {
                atlasGroupId = "short",
                publicKey = "x",
                clientId = "y",
            }
        );
        (await both.Content.ReadAsStringAsync(TestHub.Cancellation)).ShouldContain("clientSecret");
        (await ConnectAsync(isServiceAccount: false)).ToJsonString().ShouldNotContain(AtlasDouble.PrivateKey);
        HubFolder
            .Read(stage.Hub.Folder)
            .Where(file => file.Value.Contains(AtlasDouble.PrivateKey))
            .Select(file => file.Key)
            .ShouldBeEmpty();
    }

    [Fact]
    [Requirement("B07")]
    [Requirement("D07")]
    public async Task A_migration_gets_a_user_a_role_and_an_entry_of_its_own_and_all_of_it_goes_with_it()
    {
        _ = await ConnectAsync(isServiceAccount: true);
        atlas.AccessList["203.0.113.0/24"] = new() { ["cidrBlock"] = "203.0.113.0/24", ["comment"] = "office" };
        var id = await CreateAsync();
        var name = $"godwit-{id}";
        var order = await UntilOrderedAsync(id);

        var user = atlas.Users[name];
        ((string)user["scopes"]![0]!["name"]!, (string)user["scopes"]![0]!["type"]!).ShouldBe((Cluster, "CLUSTER"));
        user["roles"]!.AsArray().Select(one => (string)one!["roleName"]!).ShouldNotContain("atlasAdmin");
        atlas.Roles.Keys.ShouldBe([name]);
        atlas.AccessList["192.0.2.7/32"]["comment"]!.GetValue<string>().ShouldBe(name);
        var address = Contracts.SealedText.Open(
            order.SealedDestination,
            stage.SealingKey,
            DestinationAccess.Purpose(stage.HostId, id)
        );
        address.ShouldContain($"{name}:{(string)user["password"]!}@198.51.100.7:27017");

        await CancelAsync(id);
        atlas.Users.ShouldBeEmpty();
        atlas.Roles.ShouldBeEmpty();
        atlas.AccessList.Keys.ShouldBe(["203.0.113.0/24"]);
    }

    [Fact]
    [Requirement("B06")]
    public async Task The_way_that_was_chosen_is_taken_and_one_that_is_not_there_is_refused()
    {
        var addresses = atlas.Clusters[Cluster]["connectionStrings"]!;
        addresses["private"] = "mongodb://10.0.0.7:27017/?replicaSet=atlas-a";
        addresses["privateEndpoint"] = JsonNode.Parse(
            $$"""
            [{"connectionString":"mongodb://pl-0.example.com:1024/","type":"MONGOD",
              "endpoints":[{"endpointId":"{{Endpoint}}","providerName":"AWS","region":"EU_WEST_1"}]}]
            """
        );
        atlas.EndpointServices.Add(
            JsonNode.Parse(
                $$"""{"id":"1","cloudProvider":"AWS","regionName":"EU_WEST_1","status":"INITIATING","interfaceEndpoints":["{{Endpoint}}"]}"""
            )
        );
        _ = await ConnectAsync(isServiceAccount: false);
        (await FieldAsync("PRIVATE_LINK", Endpoint)).ShouldBe("destination.privateLinkId");
        atlas.EndpointServices[0]!["status"] = "AVAILABLE";
        _ = await stage.SendAsync(HttpMethod.Post, $"{Path}/atlas/refresh");
        (await FieldAsync("PRIVATE_LINK", "vpce-other")).ShouldBe("destination.privateLinkId");

        var request = stage.Request(Cluster);
        request["destination"]!["hostnameSchemaType"] = "PRIVATE_LINK";
        request["destination"]!["privateLinkId"] = Endpoint;
        var made = await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Post, stage.Own, request));
        var id = (string)made["id"]!;
        var order = await UntilOrderedAsync(id);
        Contracts
            .SealedText.Open(order.SealedDestination, stage.SealingKey, DestinationAccess.Purpose(stage.HostId, id))
            .ShouldContain("@pl-0.example.com:1024");
    }

    [Theory]
    [Requirement("B13")]
    [InlineData("M0", false)]
    [InlineData("M30", true)]
    [InlineData("R20", false)]
    public async Task What_nothing_can_be_migrated_to_is_refused(string tier, bool isPaused)
    {
        atlas.AddCluster(Cluster, "mongodb://198.51.100.7/", tier)["paused"] = isPaused;
        _ = await ConnectAsync(isServiceAccount: false);
        (await FieldAsync("PUBLIC", null)).ShouldBe("destination.clusterName");
    }

    [Fact]
    [Requirement("D08")]
    public async Task Its_scheduled_backups_are_paused_meanwhile_and_put_back_as_they_were()
    {
        _ = await ConnectAsync(isServiceAccount: false);
        var before = Rules();
        before.Count.ShouldBe(1);
        var id = await CreateAsync();
        _ = await UntilOrderedAsync(id);
        Rules().ShouldBeEmpty();

        // A validation for the next one does not put back what this one has taken away.
        var validations = $"{Path}/validations";
        var validation = await TestHub.ReadAsync(
            await stage.SendAsync(HttpMethod.Post, validations, stage.Request(Cluster))
        );
        var found = stage.Report() with { Validations = [new((string)validation["id"]!, true, [], "here", null)] };
        await stage.UntilAsync(async () =>
        {
            stage.Hub.Time.Advance(TimeSpan.FromSeconds(1));
            _ = await stage
                .Hub.Service<Links.HostExchange>()
                .RunAsync(stage.HostId, "192.0.2.7", found, TestHub.Cancellation);
            var now = await stage.SendAsync(HttpMethod.Get, $"{validations}/{validation["id"]}");
            return (string)(await TestHub.ReadAsync(now))["status"]! == "SUCCESS" && atlas.Users.Count == 1;
        });
        Rules().ShouldBeEmpty();

        await CancelAsync(id);
        Rules().ShouldBe(before);
        ((int)atlas.Schedules[Cluster]["restoreWindowDays"]!).ShouldBe(7);
    }

    [Fact]
    [Requirement("D08")]
    public async Task Backups_that_a_policy_protects_go_on_and_hold_nothing_up()
    {
        atlas.IsBackupKept = true;
        _ = await ConnectAsync(isServiceAccount: false);
        var id = await CreateAsync();
        _ = await UntilOrderedAsync(id);
        Rules().Count.ShouldBe(1);
        await CancelAsync(id);
        Rules().Count.ShouldBe(1);
    }

    /// <summary>When backups are taken of the cluster.</summary>
    private List<string> Rules() =>
        [
            .. atlas.Schedules[Cluster]["policies"]![0]!["policyItems"]!
                .AsArray()
                .Select(one => $"{one!["frequencyType"]} {one["frequencyInterval"]} {one["retentionValue"]}"),
        ];

    private async Task<string> CreateAsync()
    {
        var made = await stage.SendAsync(HttpMethod.Post, stage.Own, stage.Request(Cluster));
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (string)(await TestHub.ReadAsync(made))["id"]!;
    }

    /// <summary>Gives a migration up, and waits until nothing is left to do for it.</summary>
    private async Task CancelAsync(string id)
    {
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        await stage.UntilAsync(async () =>
        {
            stage.Hub.Time.Advance(TimeSpan.FromSeconds(1));
            return (string)(await stage.GetOwnAsync(id))["status"]! == "CANCELLED";
        });
    }

    [Fact]
    public async Task Where_Atlas_leads_the_Hub_goes_by_its_rules_only()
    {
        atlas.AddCluster(Cluster, "mongodb://169.254.169.254/");
        var refused = await PutAsync(Key());
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync(TestHub.Cancellation)).ShouldContain("link-local");
    }

    /// <summary>Changes reach the cluster some seconds later, on a clock that stands still by itself.</summary>
    private async Task<MigrationOrder> UntilOrderedAsync(string id)
    {
        MigrationOrder? order = null;
        await stage.UntilAsync(async () =>
        {
            stage.Hub.Time.Advance(TimeSpan.FromSeconds(1));
            return (order = await stage.OrderAsync(id)) is not null;
        });
        return order!;
    }

    private static object Key() =>
        new
        {
            atlasGroupId = AtlasDouble.GroupId,
            publicKey = AtlasDouble.PublicKey,
            privateKey = AtlasDouble.PrivateKey,
        };

    private async Task<JsonNode> ConnectAsync(bool isServiceAccount)
    {
        var answer = await PutAsync(
            isServiceAccount
                ? new
                {
                    atlasGroupId = AtlasDouble.GroupId,
                    clientId = AtlasDouble.ClientId,
                    clientSecret = AtlasDouble.ClientSecret,
                }
                : Key()
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(TestHub.Cancellation));
        return await TestHub.ReadAsync(answer);
    }

    private Task<HttpResponseMessage> PutAsync(object body) =>
        stage.Owner.Client.PutAsJsonAsync($"{Path}/atlas", body, TestHub.Cancellation);

    private async Task<JsonNode> ClusterAsync() =>
        await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, $"{Path}/clusters/{Cluster}"));

    /// <summary>The field that a request is refused for.</summary>
    private async Task<string> FieldAsync(string schema, string? link)
    {
        var request = stage.Request(Cluster);
        request["destination"]!["hostnameSchemaType"] = schema;
        request["destination"]!["privateLinkId"] = link;
        var refused = await stage.SendAsync(HttpMethod.Post, stage.Own, request);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        return (string)(await TestHub.ReadAsync(refused))["badRequestDetail"]!["fields"]![0]!["field"]!;
    }
}
