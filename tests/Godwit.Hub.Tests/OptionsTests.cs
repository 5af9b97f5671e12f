using System.Net;
using System.Text.Json.Nodes;
using Godwit.Agent.Validation;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What Godwit's own request adds (P13): judged before anything begins, carried to the host whole, told to nobody who must not know.</summary>
[Requirement("H09")]
[Requirement("H10")]
[Requirement("H14")]
public sealed class OptionsTests : IAsyncLifetime
{
    private const string Key = "planted-Rule-Key-0123456789";
    private const string Rules =
        $$"""[{"database":"shop","collections":["people"],"hash":{"key":"{{Key}}","fields":["name"] } }]""";
    private TestMigration stage = null!;

    public async ValueTask InitializeAsync() => stage = await TestMigration.StartAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Theory]
    [InlineData("options.namespaces.include", """{"namespaces":{"include":[{"collections":["a"]}]}}""")]
    [InlineData("options.namespaces.exclude", """{"namespaces":{"exclude":[{"database":7}]}}""")]
    [InlineData("options.remap", """{"remap":[{"from":{"database":"a"}}]}""")]
    [InlineData("options.documentRules", """{"documentRules":[{"database":"a","filter":{"$where":"1"}}]}""")]
    [InlineData("options.limits.megabytesPerSecond", """{"limits":{"megabytesPerSecond":-1}}""")]
    [InlineData("options.limits.sourceLatencyMilliseconds", """{"limits":{"sourceLatencyMilliseconds":-1}}""")]
    [InlineData("options.verification.enabled", """{"verification":{"enabled":false}}""")]
    [InlineData("options.buildIndexes", """{"buildIndexes":"afterDataCopy"}""")]
    [InlineData("options.reversible", """{"reversible":true,"namespaces":{"exclude":[{"database":"logs"}]}}""")]
    [InlineData("options.reversible", """{"reversible":true,"rehearsal":true}""")]
    [InlineData("options.writeBlock", """{"writeBlock":true,"rehearsal":true}""")]
    [InlineData("options.clearNamespaces", """{"clearNamespaces":["shop"]}""")]
    [InlineData("options.clearNamespaces", """{"clearNamespaces":["admin.system.users"]}""")]
    [InlineData("options.clearNamespaces", """{"clearNamespaces":["godwit_reserved.migration"]}""")]
    [InlineData("options.spool.megabytes", """{"spool":{"megabytes":0}}""")]
    [InlineData("options.changeStreams", """{"changeStreams":0}""")]
    [InlineData("options.changeStreams", """{"changeStreams":17}""")]
    [InlineData("options.usersAndRoles", """{"usersAndRoles":true}""")]
    public async Task What_cannot_be_done_is_refused_by_its_path(string named, string options)
    {
        var request = stage.Request();
        request["options"] = JsonNode.Parse(options);
        var refused = await stage.SendAsync(HttpMethod.Post, stage.Own, request);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await TestHub.ReadAsync(refused))["badRequestDetail"]!["fields"]!
            .AsArray()
            .Select(one => (string)one!["field"]!)
            .ShouldContain(named);
    }

    [Fact]
    public async Task All_of_it_reaches_the_host_and_rules_are_told_to_nobody_else()
    {
        var options = new JsonObject
        {
            ["namespaces"] = new JsonObject
            {
                ["include"] = JsonNode.Parse("""[{"database":"shop"}]"""),
                ["exclude"] = JsonNode.Parse("""[{"database":"shop","collections":["logs"]}]"""),
            },
            ["remap"] = JsonNode.Parse("""[{"from":{"database":"shop"},"to":{"database":"shop_eu"}}]"""),
            ["documentRules"] = JsonNode.Parse(Rules),
            ["limits"] = new JsonObject { ["megabytesPerSecond"] = 20 },
            ["zones"] = true,
            ["spool"] = new JsonObject { ["megabytes"] = 512 },
            ["changeStreams"] = 4,
            ["verification"] = new JsonObject { ["enabled"] = true },
            ["buildIndexes"] = "excludeHashed",
        };
        var id = await CreateAsync(options);
        var order = (await stage.OrderAsync(id)).ShouldNotBeNull();
        var carried = order.Options.ShouldNotBeNull();
        carried.Include.ShouldBe("""[{"database":"shop"}]""");
        carried.Exclude.ShouldBe("""[{"database":"shop","collections":["logs"]}]""");
        carried.Remap.ShouldContain("shop_eu");
        carried.Limits.ShouldBe(new SourceLimits(20, 0, 250));
        carried.SpoolMegabytes.ShouldBe(512);
        carried.ChangeStreams.ShouldBe(4);
        carried.Indexes.ShouldBe("excludeHashed");
        (carried.CarriesZones, carried.IsReversible, carried.IsRehearsal).ShouldBe((true, false, false));
        SealedText
            .Open(carried.SealedRules.ShouldNotBeNull(), stage.SealingKey, EngineOptions.RulesPurpose(stage.HostId, id))
            .ShouldContain(Key);

        var shown = await stage.GetOwnAsync(id);
        ((bool)shown["hasDocumentRules"]!).ShouldBeTrue();
        ((int)shown["options"]!["limits"]!["megabytesPerSecond"]!).ShouldBe(20);
        ((int)shown["options"]!["changeStreams"]!).ShouldBe(4);
        ((string)shown["options"]!["remap"]![0]!["to"]!["database"]!).ShouldBe("shop_eu");
        shown.ToJsonString().ShouldNotContain(Key);
        HubFolder.Read(stage.Hub.Folder).Where(one => one.Value.Contains(Key)).Select(one => one.Key).ShouldBeEmpty();
    }

    [Fact]
    [Requirement("S10")]
    public void The_engine_gets_the_change_streams_that_were_asked_for_or_chooses_itself()
    {
        TakenFor(4).ShouldBe(4);
        TakenFor(0).ShouldBe(new MigrationSettings().ChangeStreams);

        static int? TakenFor(int asked) =>
            EngineRequest
                .Read(false, false, null, EngineOptions.None with { ChangeStreams = asked }, text => text)
                .ToSettings("mongodb://a", "mongodb://b", "spool")
                .ChangeStreams;
    }

    [Fact]
    [Requirement("D09")]
    public async Task A_rehearsal_is_ended_and_never_cut_over()
    {
        var plain = await stage.CreateAsync();
        await stage.SyncAsync(plain);
        (await stage.ActAsync(plain, "endRehearsal")).ShouldBe("LIVE_MIGRATION_IS_NO_REHEARSAL");
        (await stage.ActAsync(plain, "cancel")).ShouldBeNull();
        await stage.ReportAsync(plain, MigrationActivity.Cancelled);

        var id = await CreateAsync(new() { ["rehearsal"] = true });
        (await stage.OrderAsync(id))!.Options!.IsRehearsal.ShouldBeTrue();
        (await stage.ActAsync(id, "endRehearsal")).ShouldBe("LIVE_MIGRATION_NOT_READY_FOR_CUTOVER");
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBe("LIVE_MIGRATION_IS_REHEARSAL");
        (await stage.ActAsync(id, "endRehearsal")).ShouldBeNull();
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.CutOver);
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE");
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("REHEARSED");
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("COMPLETE");
        (await stage.EventsAsync(id)).ShouldBe([
            "CLUSTER_IMPORT_STARTED",
            "LIVE_MIGRATION_READY_FOR_CUTOVER",
            "LIVE_MIGRATION_REHEARSAL_END_REQUESTED",
            "LIVE_MIGRATION_REHEARSED",
        ]);
    }

    private async Task<string> CreateAsync(JsonObject options)
    {
        var request = stage.Request();
        request["options"] = options;
        var made = await stage.SendAsync(HttpMethod.Post, stage.Own, request);
        made.StatusCode.ShouldBe(HttpStatusCode.Created, await made.Content.ReadAsStringAsync(TestHub.Cancellation));
        return (string)(await TestHub.ReadAsync(made))["id"]!;
    }
}
