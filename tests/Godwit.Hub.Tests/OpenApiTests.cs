using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>The OpenAPI document says what is served, and stands in the repository as it is served.</summary>
[Requirement("F01")]
public sealed class OpenApiTests : IAsyncLifetime
{
    private const string Committed = "docs/openapi.json";
    private TestHub hub = null!;

    public async ValueTask InitializeAsync() => hub = await TestHub.StartAsync();

    public ValueTask DisposeAsync() => hub.DisposeAsync();

    [Fact]
    public async Task The_document_in_the_repository_is_the_one_that_is_served()
    {
        using var client = hub.Anonymous();
        var served = (await client.GetStringAsync(OpenApi.DocumentPath, TestHub.Cancellation)).ReplaceLineEndings("\n");
        var file = RepositoryFile.Path(Committed);
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(file, served + "\n", TestHub.Cancellation);
        }

        var committed = await File.ReadAllTextAsync(file, TestHub.Cancellation);
        (committed == served + "\n").ShouldBeTrue(
            $"{Committed} is out of date: GODWIT_WRITE_DOCS=1, then this test again"
        );
    }

    [Fact]
    public async Task Every_endpoint_that_asks_for_a_role_is_in_it_with_an_id_a_summary_and_its_parameters()
    {
        using var client = hub.Anonymous();
        var paths = JsonNode.Parse(await client.GetStringAsync(OpenApi.DocumentPath, TestHub.Cancellation))!["paths"]!;
        var missing = new List<string>();
        foreach (var endpoint in hub.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<AccessFilter.Needed>() is null)
            {
                continue;
            }

            var path = $"/{endpoint.RoutePattern.RawText!.Trim('/')}";
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                var operation = paths[path]?[method.ToLowerInvariant()];
                var named = operation?["parameters"]?.AsArray().Select(one => (string)one!["name"]!).ToList() ?? [];
                var wanted = Regex.Matches(path, @"\{(\w+)\}").Select(match => match.Groups[1].Value);
                if (operation?["operationId"] is null || operation["summary"] is null || wanted.Except(named).Any())
                {
                    missing.Add($"{method} {path}");
                }
            }
        }

        missing.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_page_to_read_it_takes_everything_from_the_Hub_itself()
    {
        using var client = hub.Anonymous();
        var answer = await client.GetAsync(OpenApi.ReferencePath, TestHub.Cancellation);
        var page = await answer.Content.ReadAsStringAsync(TestHub.Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.ShouldContain("openapi.json");
        Regex.Matches(page, """(?:src|href)="https?://""").ShouldBeEmpty();
        var scripts = Regex
            .Matches(page, """<script[^>]+src="([^"]+)""")
            .Select(match => match.Groups[1].Value)
            .ToList();
        scripts.ShouldNotBeEmpty();
        var at = answer.RequestMessage!.RequestUri!;
        foreach (var script in scripts)
        {
            (await client.GetAsync(new Uri(at, script), TestHub.Cancellation)).StatusCode.ShouldBe(
                HttpStatusCode.OK,
                script
            );
        }
    }
}
