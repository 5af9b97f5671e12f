using System.Net;
using System.Text.Json.Nodes;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// A part of a source, masked, is rehearsed into a staging cluster while applications write, and then migrated for production: what the Hub
/// is asked for is what the engine does (P13, D09).
/// </summary>
public sealed class RehearsalTests
{
    private const string Production = "shop-production";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("D09")]
    [Requirement("H09")]
    [Requirement("H10")]
    public async Task A_rehearsal_leaves_a_usable_copy_and_the_source_as_it_was_and_production_follows()
    {
        await using var stage = await Stage.SetAsync();
        await using var production = await SandboxProcess.StartAsync(Stage.DestinationSecret);
        await RegisterAsync(stage, production);
        var source = stage.Source.Client;
        await source
            .GetDatabase("logs")
            .GetCollection<BsonDocument>("lines")
            .InsertOneAsync(new("_id", 1), null, Cancellation);
        await PeopleOf(source).InsertOneAsync(new BsonDocument { { "_id", 1 }, { "name", "Ada" } }, null, Cancellation);
        await PeopleOf(source)
            .Indexes.CreateOneAsync(
                new CreateIndexModel<BsonDocument>("{name: 1}", new() { Unique = true }),
                null,
                Cancellation
            );
        var options = new JsonObject
        {
            ["namespaces"] = JsonNode.Parse("""{"exclude":[{"database":"logs"}]}"""),
            ["remap"] = JsonNode.Parse("""[{"from":{"database":"crm"},"to":{"database":"people"}}]"""),
            ["documentRules"] = JsonNode.Parse("""[{"database":"crm","set":{"name":{"$toUpper":"$name"}}}]"""),
            ["limits"] = new JsonObject { ["megabytesPerSecond"] = 100 },
            ["rehearsal"] = true,
        };

        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var written = stage.WriteAsync(writing.Token);
        var rehearsal = await CreateAsync(stage, "shop-cloud", options);
        await UntilReadyAsync(stage, rehearsal);
        await stage.ActAsync(rehearsal, "endRehearsal");
        await stage.UntilOwnStatusAsync(rehearsal, "REHEARSED");
        written.IsCompleted.ShouldBeFalse("the application writes on");
        await writing.CancelAsync();
        var count = Stage.Documents + await written;

        var report = await stage.Api.GetAsync($"{stage.Api.Own}/migrations/{rehearsal}/report");
        ((bool)report["wasRehearsal"]!, (string)report["verdict"]!["text"]!).ShouldBe((true, "identical"));
        (await stage.OrdersThere.CountDocumentsAsync("{}", null, Cancellation)).ShouldBeInRange(Stage.Documents, count);
        await ShouldHoldPartAsync(stage.Destination.Client);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();

        // Applications may try the copy; it is not mistaken for a place where something can begin.
        await stage.OrdersThere.InsertOneAsync(new("_id", "tried"), null, Cancellation);
        var again = await CreateAsync(stage, "shop-cloud", options);
        var refused = await stage.UntilOwnStatusAsync(again, "FAILED");
        ((string)refused["failure"]!["code"]!).ShouldBe("DESTINATION_IN_USE");

        options["rehearsal"] = false;
        var id = await CreateAsync(stage, Production, options);
        await UntilReadyAsync(stage, id);
        await stage.ActAsync(id, "cutover");
        await stage.UntilOwnStatusAsync(id, "COMPLETE");
        await ShouldHoldPartAsync(production.Client);
        var orders = production.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        (await orders.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(count);
    }

    /// <summary>Without what was left out, under its other name, as the rule makes it, with its constraint in force.</summary>
    private static async Task ShouldHoldPartAsync(IMongoClient client)
    {
        var databases = await (await client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation);
        databases.ShouldNotContain("logs");
        databases.ShouldNotContain("crm");
        var people = client.GetDatabase("people").GetCollection<BsonDocument>("people");
        (await people.Find("{}").SingleAsync(Cancellation))["name"].AsString.ShouldBe("ADA");
        var indexes = await (await people.Indexes.ListAsync(Cancellation)).ToListAsync(Cancellation);
        indexes.ShouldContain(one => one.GetValue("unique", false).ToBoolean());
    }

    private static IMongoCollection<BsonDocument> PeopleOf(IMongoClient client) =>
        client.GetDatabase("crm").GetCollection<BsonDocument>("people");

    private static Task RegisterAsync(Stage stage, SandboxProcess cluster) =>
        stage.Api.PostAsync(
            $"{stage.Api.Own}/clusters",
            new { name = Production, connectionString = cluster.PlainAddress },
            HttpStatusCode.Created,
            ""
        );

    private static async Task<string> CreateAsync(Stage stage, string destination, JsonObject options)
    {
        var request = stage.Request();
        ((Dictionary<string, object>)request["destination"])["clusterName"] = destination;
        request["options"] = options;
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        return (string)made["id"]!;
    }

    private static Task UntilReadyAsync(Stage stage, string id) =>
        stage.Api.UntilAsync($"{stage.Api.Own}/migrations/{id}", one => (bool)one["readyForCutover"]!);
}
