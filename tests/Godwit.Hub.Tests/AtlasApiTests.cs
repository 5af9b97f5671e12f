using System.Net;
using System.Text.Json.Nodes;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Paths, media types, statuses, field names and error bodies of Atlas' Admin API (M-114 to M-123).</summary>
[Requirement("F01")]
public sealed class AtlasApiTests : IAsyncLifetime
{
    private const string First = "application/vnd.atlas.2023-01-01+json";
    private TestMigration stage = null!;

    public async ValueTask InitializeAsync() => stage = await TestMigration.StartAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task Each_call_answers_with_its_status_its_media_type_and_its_fields()
    {
        var validated = await stage.SendAsync(HttpMethod.Post, $"{stage.LiveMigrations}/validate", stage.Request());
        validated.StatusCode.ShouldBe(HttpStatusCode.OK);
        Fields(await TestHub.ReadAsync(validated))
            .ShouldBe(["_id", "groupId", "sourceGroupId", "status", "errorMessage"]);
        var created = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request());
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        created.Content.Headers.ContentType!.MediaType.ShouldBe("application/vnd.atlas.2024-05-30+json");
        var body = await TestHub.ReadAsync(created);
        Fields(body).ShouldBe(["_id", "lagTimeSeconds", "migrationHosts", "readyForCutover", "status"]);
        ((string)body["status"]!).ShouldBe("NEW");
        var id = (string)body["_id"]!;
        await stage.SyncAsync(id);
        var shown = await stage.GetAsync(id);
        ((string)shown["status"]!, (bool)shown["readyForCutover"]!, (long)shown["lagTimeSeconds"]!).ShouldBe(
            ("WORKING", true, 0L)
        );
        var cutover = await stage.SendAsync(HttpMethod.Put, $"{stage.LiveMigrations}/{id}/cutover", null, First);
        cutover.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await cutover.Content.ReadAsStringAsync(TestHub.Cancellation)).ShouldBeEmpty();
        (await stage.GetAsync(id))["lagTimeSeconds"].ShouldBeNull();
    }

    [Fact]
    public async Task The_version_says_whether_the_flag_is_dropEnabled_or_dropDestinationData()
    {
        var request = stage.Request();
        (await FieldsRefusedAsync(request, First)).ShouldBe(["dropEnabled"]);
        request["dropEnabled"] = false;
        (await FieldsRefusedAsync(request, "application/vnd.atlas.2024-05-30+json")).ShouldBe(["dropEnabled"]);
        (await SendAsync(request, "application/vnd.atlas.2023-11-15+json")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SendAsync(request, "application/vnd.atlas.2022-01-01+json")).StatusCode.ShouldBe(
            HttpStatusCode.NotAcceptable
        );
        stage.Hub.Time.Advance(new DateTimeOffset(2027, 7, 1, 0, 0, 1, TimeSpan.Zero) - stage.Hub.Time.GetUtcNow());
        var gone = await SendAsync(request, First);
        gone.StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await TestHub.CodeAsync(gone)).ShouldBe("VERSION_GONE");
    }

    [Theory]
    [InlineData("migrationHosts", "migrationHosts", "[]")]
    [InlineData("migrationHosts", "migrationHosts", """["a","b"]""")]
    [InlineData("migrationHosts[0]", "migrationHosts", """["unknown"]""")]
    [InlineData("source", "source", null)]
    [InlineData("source.username", "source.username", "\"app\"")]
    [InlineData("source.clusterName", "source.clusterName", "\"unknown\"")]
    [InlineData("source.groupId", "source.groupId", "\"0123456789abcdef01234567\"")]
    [InlineData("source.groupId", "source.groupId", "\"short\"")]
    [InlineData("source.ssl", "source.ssl", "\"yes\"")]
    [InlineData("source.caCertificatePath", "source.caCertificatePath", "\"/etc/../etc/shadow\"")]
    [InlineData("source.caCertificatePath", "source.caCertificatePath", "\"/etc/ca.pem\"")]
    [InlineData("destination.hostnameSchemaType", "destination.hostnameSchemaType", "\"OTHER\"")]
    [InlineData("destination.privateLinkId", "destination.hostnameSchemaType", "\"PRIVATE_LINK\"")]
    [InlineData("destination.groupId", "destination.groupId", "\"0123456789abcdef01234567\"")]
    [InlineData("sharding.createSupportingIndexes", "sharding", """{"shardingEntries":[]}""")]
    [InlineData("sharding.shardingEntries", "sharding", """{"createSupportingIndexes":true}""")]
    [InlineData(
        "sharding.shardingEntries",
        "sharding",
        """{"createSupportingIndexes":true,"shardingEntries":[{"database":"shop","collection":"orders","shardCollection":{"key":[{"a":2}]}}]}"""
    )]
    [InlineData("options", "options", """{"writeBlock":true}""")]
    [InlineData("isAdmin", "isAdmin", "true")]
    public async Task A_wrong_field_is_named_by_its_path(string named, string path, string? value)
    {
        var request = stage.Request();
        var parts = path.Split('.');
        var parent = parts.Length == 2 ? request[parts[0]]!.AsObject() : request;
        parent[parts[^1]] = value is null ? null : JsonNode.Parse(value);
        (await FieldsRefusedAsync(request, "application/vnd.atlas.2024-05-30+json")).ShouldContain(named);
    }

    [Fact]
    public async Task An_error_body_has_the_fields_that_clients_branch_on()
    {
        var unknown = await stage.SendAsync(HttpMethod.Get, $"{stage.LiveMigrations}/0123456789abcdef01234567");
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var body = await TestHub.ReadAsync(unknown);
        ((int)body["error"]!, (string)body["errorCode"]!, (string)body["reason"]!).ShouldBe(
            (404, "RESOURCE_NOT_FOUND", "Not Found")
        );
        unknown.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var malformed = await stage.SendAsync(HttpMethod.Get, $"{stage.LiveMigrations}/nothing");
        malformed.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var method = await stage.SendAsync(HttpMethod.Patch, stage.LiveMigrations);
        method.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        var notJson = await SendTextAsync("{");
        (await TestHub.CodeAsync(notJson)).ShouldBe("INVALID_JSON");
        var large = await SendTextAsync($"\"{new string('x', 2 * 1024 * 1024)}\"");
        large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Envelope_wraps_the_answer_with_its_status_and_pretty_indents_it()
    {
        var answer = await stage.SendAsync(
            HttpMethod.Post,
            $"{stage.LiveMigrations}?envelope=true&pretty=true",
            stage.Request()
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = await answer.Content.ReadAsStringAsync(TestHub.Cancellation);
        text.ShouldContain("\n  ");
        var body = JsonNode.Parse(text)!;
        ((int)body["status"]!).ShouldBe(201);
        ObjectIdOf(body["content"]!).Length.ShouldBe(24);
    }

    [Fact]
    [Requirement("H12")]
    public async Task A_second_migration_to_a_destination_or_on_a_host_is_refused_with_the_first_ones_id()
    {
        var id = await stage.CreateAsync();
        var same = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request());
        same.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var body = await TestHub.ReadAsync(same);
        ((string)body["errorCode"]!).ShouldBe("LIVE_MIGRATION_ALREADY_ACTIVE");
        ((string)body["parameters"]![0]!).ShouldBe(id);
        var busy = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request("other-cloud"));
        (await TestHub.CodeAsync(busy)).ShouldBe("MIGRATION_HOST_BUSY");
        await stage.ReportAsync(id, MigrationActivity.Failed);
        var next = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request());
        next.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await stage.ActAsync(id, "restart")).ShouldBe("LIVE_MIGRATION_ALREADY_ACTIVE");
    }

    [Fact]
    public async Task A_resource_of_one_version_answers_in_it_where_a_version_is_asked_for()
    {
        var path = $"/api/atlas/v2/groups/{stage.Owner.ProjectId}/accessList";
        var versioned = await stage.SendAsync(HttpMethod.Get, path, null, "application/vnd.atlas.2025-03-12+json");
        versioned.Content.Headers.ContentType!.MediaType.ShouldBe("application/vnd.atlas.2023-01-01+json");
        var plain = await stage.SendAsync(HttpMethod.Get, path, null, "application/json");
        plain.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
    }

    [Fact]
    public async Task What_the_stock_command_line_leaves_out_is_taken_as_the_public_way()
    {
        var request = stage.Request();
        _ = request["destination"]!.AsObject().Remove("hostnameSchemaType");
        var answer = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    [Requirement("A06")]
    public async Task A_host_takes_as_many_migrations_at_a_time_as_it_says()
    {
        stage.MigrationsMax = 2;
        var first = await stage.CreateAsync();
        _ = await stage.ExchangeAsync();
        var second = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request("other-cloud"));
        second.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await stage.ExchangeAsync()).Migrations.Count.ShouldBe(2);

        stage.MigrationsMax = 1;
        _ = await stage.ExchangeAsync();
        _ = await stage.ActAsync(first, "cancel");
        await stage.ReportAsync(first, MigrationActivity.Cancelled);
        var third = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, stage.Request());
        var body = await TestHub.ReadAsync(third);
        ((string)body["errorCode"]!).ShouldBe("MIGRATION_HOST_BUSY");
        ((string)body["detail"]!).ShouldContain("godwit agent limit");
    }

    [Fact]
    [Requirement("A03")]
    public async Task Deleting_a_link_with_an_active_migration_is_refused_with_the_project_unless_said_otherwise()
    {
        var id = await stage.CreateAsync();
        await stage.ReportAsync(id, MigrationActivity.Running);
        var path = $"/api/atlas/v2/orgs/{stage.Owner.OrganizationId}/liveMigrations/linkTokens";
        var refused = await stage.SendAsync(HttpMethod.Delete, path);
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var body = await TestHub.ReadAsync(refused);
        ((string)body["errorCode"]!).ShouldBe("CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK");
        ((string)body["detail"]!).ShouldContain(stage.Owner.ProjectId);
        (await stage.SendAsync(HttpMethod.Delete, $"{path}?revokeActive=true")).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("DISCONNECTED");
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("WORKING");
    }

    [Fact]
    [Requirement("F04")]
    public async Task The_state_is_streamed_until_the_migration_ends()
    {
        var id = await stage.CreateAsync();
        using var stream = await stage.Owner.Client.GetStreamAsync($"{stage.Own}/{id}/stream", TestHub.Cancellation);
        using var reader = new StreamReader(stream);
        (await NextAsync(reader)).ShouldContain("\"status\":\"NEW\"");
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE");
        hubTick();
        (await NextAsync(reader)).ShouldContain("\"status\":\"COMPLETE\"");
        (await reader.ReadToEndAsync(TestHub.Cancellation)).Trim().ShouldBeEmpty();

        void hubTick() => stage.Hub.Time.Advance(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_password_is_sealed_to_the_host_and_the_Hub_cannot_open_it()
    {
        _ = await stage.Hub.QueryAsync(database =>
            database.Deployments.ExecuteUpdateAsync(
                set =>
                    set.SetProperty(
                        one => one.Report,
                        one => one.Report.Replace("\"isManaged\":true", "\"isManaged\":false")
                    ),
                TestHub.Cancellation
            )
        );
        var request = stage.Request();
        var source = request["source"]!.AsObject();
        source["managedAuthentication"] = false;
        source["username"] = "app";
        source["password"] = "planted-Secret-1";
        var created = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, request);
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var kept = await stage.Hub.QueryAsync(database => database.Migrations.SingleAsync(TestHub.Cancellation));
        kept.State.ShouldContain("sealedPassword");
        kept.State.ShouldNotContain("planted-Secret-1");
        (await stage.GetOwnAsync(kept.Id)).ToString().ShouldNotContain("planted-Secret-1");
    }

    private static async Task<string> NextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(TestHub.Cancellation) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException("the stream has ended");
    }

    private static string ObjectIdOf(JsonNode node) => (string)node["_id"]!;

    private static IEnumerable<string> Fields(JsonNode node) => node.AsObject().Select(field => field.Key);

    private Task<HttpResponseMessage> SendAsync(JsonNode request, string accept) =>
        stage.SendAsync(HttpMethod.Post, $"{stage.LiveMigrations}/validate", request, accept);

    /// <summary>Sends the body only once the Hub wants it: one that is refused unread would break the connection otherwise.</summary>
    private async Task<HttpResponseMessage> SendTextAsync(string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, stage.LiveMigrations);
        request.Content = new StringContent(text);
        request.Headers.ExpectContinue = true;
        return await stage.Owner.Client.SendAsync(request, TestHub.Cancellation);
    }

    private async Task<IReadOnlyList<string>> FieldsRefusedAsync(JsonNode request, string accept)
    {
        var answer = await SendAsync(request, accept);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var body = await TestHub.ReadAsync(answer);
        ((string)body["errorCode"]!).ShouldBe("VALIDATION_ERROR");
        return [.. body["badRequestDetail"]!["fields"]!.AsArray().Select(one => (string)one!["field"]!)];
    }
}
