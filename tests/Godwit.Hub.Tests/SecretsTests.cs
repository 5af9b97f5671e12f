using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Destinations;
using Godwit.Hub.Support;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Secrets are planted wherever the Hub takes one, and looked for wherever it leaves something (P12).</summary>
[Requirement("E06")]
public sealed class SecretsTests
{
    private const string ClusterSecret = "planted-Cluster-1";
    private const string SourceSecret = "planted-Source-2";
    private static CancellationToken Cancellation => TestHub.Cancellation;

    [Fact]
    public async Task No_planted_secret_stands_in_log_answers_bundle_or_files_in_any_form()
    {
        await using var stage = await TestMigration.StartAsync();
        var secrets = await PlantAsync(stage);
        var id = await MigrateAsync(stage);
        var failure = new ReportedFailure(
            "SourceUnreachable",
            $"mongodb://app:{SourceSecret}@source.example.com/ does not answer",
            ""
        );
        await stage.ReportAsync(id, MigrationActivity.Retrying, failure: failure);

        var left = new Dictionary<string, string>(await AnswersAsync(stage, id))
        {
            ["log"] = string.Join('\n', stage.Hub.Service<HubLog>().Recent),
        };
        foreach (var (file, text) in HubFolder.Read(stage.Hub.Folder))
        {
            left[file] = text;
        }

        left.Count.ShouldBeGreaterThan(20);
        var found = left.SelectMany(_ => secrets, (place, secret) => (place, secret))
            .SelectMany(one => Forms(one.secret), (one, form) => (one.place, one.secret, form))
            .Where(one => one.place.Value.Contains(one.form, StringComparison.OrdinalIgnoreCase))
            .Select(one => $"{one.secret} in {one.place.Key}")
            .Distinct()
            .ToList();
        found.ShouldBeEmpty();
    }

    /// <summary>As it is, and as it might be carried or kept.</summary>
    private static IEnumerable<string> Forms(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return secret;
        yield return Uri.EscapeDataString(secret);
        yield return Convert.ToBase64String(bytes).TrimEnd('=');
        yield return Convert.ToHexStringLower(bytes);
        yield return Convert.ToHexStringLower(MD5.HashData(bytes));
        yield return new string([.. secret.Reverse()]);
    }

    private static async Task<List<string>> PlantAsync(TestMigration stage)
    {
        var organization = $"/api/atlas/v2/orgs/{stage.Owner.OrganizationId}";
        var key = await PostAsync(stage, $"{organization}/apiKeys", new { desc = "k", roles = new[] { "ORG_MEMBER" } });
        var account = await PostAsync(
            stage,
            $"{organization}/serviceAccounts",
            new { name = "ci", roles = new[] { "ORG_MEMBER" } }
        );
        var hook = await PostAsync(
            stage,
            $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/notifications",
            new { channel = "WEBHOOK", address = "https://hooks.example.com/" }
        );
        var person = await PostAsync(
            stage,
            $"/api/godwit/v1/orgs/{stage.Owner.OrganizationId}/people",
            new { userName = "ada", roles = new[] { "ORG_MEMBER" } }
        );
        var token = await PostAsync(stage, $"{organization}/liveMigrations/linkTokens", new { });
        JoinToken.TryParse((string)token["linkToken"]!, out var link).ShouldBeTrue();
        var ring = stage.Hub.Service<KeyRing>();
        var address = ring.Seal($"mongodb://root:{ClusterSecret}@127.0.0.1:1/", KeyRing.Clusters);
        var facts = ApiJson.Write(new ClusterFactsText("REPLICA_SET", "8.0.10", "there", false, true));
        _ = await stage.Hub.QueryAsync(database =>
            database.Clusters.ExecuteUpdateAsync(
                set => set.SetProperty(one => one.SealedAddress, address).SetProperty(one => one.Facts, facts),
                Cancellation
            )
        );
        _ = await stage.Hub.QueryAsync(database =>
            database.Deployments.ExecuteUpdateAsync(
                set =>
                    set.SetProperty(
                        one => one.Report,
                        one => one.Report.Replace("\"isManaged\":true", "\"isManaged\":false")
                    ),
                Cancellation
            )
        );
        return
        [
            ClusterSecret,
            SourceSecret,
            (string)key["privateKey"]!,
            (string)account["secrets"]![0]!["secret"]!,
            (string)hook["secret"]!,
            ((string)person["signInLink"]!).Split('/')[^1],
            link!.Secret,
        ];
    }

    private static async Task<string> MigrateAsync(TestMigration stage)
    {
        var request = stage.Request();
        var source = request["source"]!.AsObject();
        source["managedAuthentication"] = false;
        source["username"] = "app";
        source["password"] = SourceSecret;
        var made = await stage.SendAsync(HttpMethod.Post, stage.LiveMigrations, request);
        made.EnsureSuccessStatusCode();
        return (string)(await TestHub.ReadAsync(made))["_id"]!;
    }

    /// <summary>What every GET of the API answers.</summary>
    private static async Task<Dictionary<string, string>> AnswersAsync(TestMigration stage, string id)
    {
        var answers = new Dictionary<string, string>();
        foreach (var endpoint in stage.Hub.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods;
            var path = endpoint.RoutePattern.RawText ?? "";
            if (methods?.Contains("GET") != true || !path.StartsWith("/api/") || path.EndsWith("/stream"))
            {
                continue;
            }

            var filled = path.Replace("{orgId}", stage.Owner.OrganizationId)
                .Replace("{groupId}", stage.Owner.ProjectId)
                .Replace("{liveMigrationId}", id)
                .Replace("{clusterName}", "shop-cloud");
            using var answer = await stage.Owner.Client.GetAsync(filled, Cancellation);
            answers[filled] = filled.EndsWith("/support")
                ? await UnzipAsync(await answer.Content.ReadAsStreamAsync(Cancellation))
                : await answer.Content.ReadAsStringAsync(Cancellation);
        }

        return answers;
    }

    private static async Task<string> UnzipAsync(Stream stream)
    {
        await using var archive = new System.IO.Compression.ZipArchive(stream);
        var text = new StringBuilder();
        foreach (var entry in archive.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(Cancellation));
            text.AppendLine(await reader.ReadToEndAsync(Cancellation));
        }

        return text.ToString();
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> PostAsync(TestMigration stage, string path, object body)
    {
        var answer = await stage.Owner.Client.PostAsJsonAsync(path, body, Cancellation);
        answer.IsSuccessStatusCode.ShouldBeTrue(path);
        return await TestHub.ReadAsync(answer);
    }
}
