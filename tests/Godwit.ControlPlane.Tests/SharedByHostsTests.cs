using System.Net;
using System.Text.Json.Nodes;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>Linked hosts that share migrations: a standby host helps from the start, and is missed by nobody when it dies.</summary>
public sealed class SharedByHostsTests
{
    private const string Second = "vm002.example.com";

    /// <summary>More than the leading host takes at once by itself (32): some are left for who comes later.</summary>
    private const int Collections = 60;

    private const int DocumentsEach = 100;

    /// <summary>So slow that nothing ends before everybody has come; lifted then.</summary>
    private const int SlowDocuments = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H08")]
    public async Task A_standby_host_helps_dies_comes_back_and_the_migration_completes()
    {
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var stage = await Stage.SetAsync();
        await FillAsync(stage);
        await stage.Agent.RunAsync("share", redis.Address, "--host-address", "127.0.0.1");
        await stage.Agent.KillAsync();
        await stage.Agent.StartAsync();
        await using var second = await stage.AddHostAsync(
            Second,
            "share",
            redis.Address,
            "--host-address",
            "127.0.0.1",
            "--host-ranges",
            "2"
        );
        await UntilAllShareAsync(stage, 2);
        var request = stage.Request();
        request["options"] = new
        {
            standbyHosts = new[] { Second },
            limits = new { documentsPerSecond = SlowDocuments },
        };
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        var id = (string)made["id"]!;
        await UntilHelpedAsync(stage, id, Second, helper => (long)helper["documentsCopied"]! > 0);
        await ShouldShowDashboardAsync(stage, id);
        await second.KillAsync();
        await second.StartAsync();
        await UntilHelpedAsync(stage, id, Second, helper => (int)helper["starts"]! == 2);
        await LiftLimitsAsync(stage);
        await stage.UntilReadyAsync(id);
        await stage.CutOverAsync(id);
        var ended = await stage.UntilOwnStatusAsync(id, "COMPLETE");
        ((string)ended["progress"]!["hosts"]![0]!["name"]!).ShouldBe(Stage.Host);
        await ShouldBeCompleteAsync(stage);
    }

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H08")]
    [Requirement("S17")]
    public async Task The_host_that_leads_dies_one_that_helped_leads_on_and_the_third_helps_it()
    {
        const string third = "vm003.example.com";
        await using var redis = await RedisServer.StartAsync(Cancellation);
        await using var stage = await Stage.SetAsync();
        await FillAsync(stage);
        string[] share = ["share", redis.Address, "--host-address", "127.0.0.1", "--host-ranges", "2"];
        await stage.Agent.RunAsync(share);
        await stage.Agent.KillAsync();
        await stage.Agent.StartAsync();
        await using var second = await stage.AddHostAsync(Second, share);
        await using var last = await stage.AddHostAsync(third, share);
        await UntilAllShareAsync(stage, 3);
        var request = stage.Request();
        request["options"] = new
        {
            standbyHosts = new[] { Second, third },
            limits = new { documentsPerSecond = SlowDocuments },
        };
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        var id = (string)made["id"]!;
        // Which of the two gets one of the few ranges is chance.
        await stage.Api.UntilAsync(
            $"{stage.Api.Own}/migrations/{id}",
            now =>
                now["progress"]?["hosts"] is JsonArray hosts
                && hosts.Any(one => !(bool)one!["leads"]! && (long)one["documentsCopied"]! > 0)
        );
        await stage.Agent.KillAsync();
        await UntilHelpedAsync(stage, id, third, helper => !(bool)helper["leads"]!, leader: Second);
        await LiftLimitsAsync(stage);
        await stage.UntilReadyAsync(id);
        await stage.CutOverAsync(id);
        _ = await stage.UntilOwnStatusAsync(id, "COMPLETE");
        await ShouldBeCompleteAsync(stage);
    }

    /// <summary>Orleans' dashboard has both hosts for those who may migrate, and nothing for others.</summary>
    private static async Task ShouldShowDashboardAsync(Stage stage, string id)
    {
        var dashboard = $"{stage.Api.Own}/migrations/{id}/dashboard";
        using var owner = stage.Api.NewHttpClient();
        (await owner.GetStringAsync($"{dashboard}/", Cancellation)).ShouldContain("Orleans Dashboard");
        var counters = await stage.Api.UntilAsync(
            $"{dashboard}/DashboardCounters",
            now => (int)now["totalActiveHostCount"]! == 2
        );
        counters["simpleGrainStats"]!
            .AsArray()
            .ShouldContain(one => ((string)one!["grainType"]!).Contains("LeadGrain"));
        var key = await stage.Api.PostAsync(
            $"/api/atlas/v2/orgs/{stage.Api.OrganizationId}/apiKeys",
            new { desc = "sees", roles = new[] { "ORG_MEMBER" } },
            HttpStatusCode.OK,
            "2023-01-01"
        );
        using var member = new ApiClient(
            stage.Hub,
            stage.Api.OrganizationId,
            stage.Api.ProjectId,
            (string)key["publicKey"]!,
            (string)key["privateKey"]!
        );
        foreach (var path in new[] { "/", "/DashboardCounters" })
        {
            (await member.SendAsync(HttpMethod.Get, dashboard + path)).Status.ShouldBe(HttpStatusCode.Forbidden);
        }
    }

    /// <summary>The source may be read as fast as may be from now on.</summary>
    private static async Task LiftLimitsAsync(Stage stage)
    {
        var (code, limit) = await GodwitProgram.RunAsync(
            TimeSpan.FromMinutes(2),
            Cancellation,
            "limit",
            "--destination",
            stage.Destination.ConnectionString
        );
        await using (limit)
        {
            code.ShouldBe(0, limit.Describe());
        }
    }

    private static async Task FillAsync(Stage stage)
    {
        for (var i = 0; i < Collections; i++)
        {
            var collection = stage.Source.Client.GetDatabase("shop").GetCollection<BsonDocument>($"c{i}");
            await collection.InsertManyAsync(
                Enumerable.Range(0, DocumentsEach).Select(n => new BsonDocument { { "_id", n }, { "of", i } }),
                null,
                Cancellation
            );
        }
    }

    private static async Task ShouldBeCompleteAsync(Stage stage)
    {
        await stage.ShouldBeIdenticalAsync(Stage.Documents);
        for (var i = 0; i < Collections; i++)
        {
            var there = stage.Destination.Client.GetDatabase("shop").GetCollection<BsonDocument>($"c{i}");
            (await there.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(DocumentsEach);
        }

        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }

    private static Task UntilAllShareAsync(Stage stage, int hosts) =>
        stage.Api.UntilAsync(
            $"/api/godwit/v1/orgs/{stage.Api.OrganizationId}/hosts",
            all => all.AsArray().Count(one => Shares(one!["report"]!["sharing"])) == hosts
        );

    /// <summary>Where there is a place and no fault.</summary>
    private static bool Shares(JsonNode? sharing) => sharing is not null && sharing["fault"] is null;

    private static Task UntilHelpedAsync(
        Stage stage,
        string id,
        string name,
        Predicate<JsonNode> isMet,
        string leader = Stage.Host
    ) =>
        stage.Api.UntilAsync(
            $"{stage.Api.Own}/migrations/{id}",
            now =>
                now["progress"]?["hosts"] is JsonArray hosts
                && (string)hosts[0]!["name"]! == leader
                && hosts.Any(one => (string)one!["name"]! == name && isMet(one))
        );
}
