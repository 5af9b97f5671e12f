using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>One host carries out two migrations at a time once a person there has allowed it (A06).</summary>
public sealed class SideBySideTests
{
    private const string Secret = "an0ther-Secret";
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("A06")]
    public async Task Two_migrations_of_one_host_run_at_a_time_and_both_complete()
    {
        await using var stage = await Stage.SetAsync();
        await using var other = await SandboxProcess.StartAsync(Secret);
        _ = await stage.Api.PostAsync(
            $"{stage.Api.Own}/clusters",
            new { name = "other-cloud", connectionString = other.PlainAddress },
            HttpStatusCode.Created,
            ""
        );
        var first = await stage.MigrateAsync();
        await stage.UntilReadyAsync(first);
        var request = stage.Request();
        ((Dictionary<string, object>)request["destination"])["clusterName"] = "other-cloud";
        var (status, refused) = await stage.Api.SendAsync(
            HttpMethod.Post,
            stage.Api.LiveMigrations,
            request,
            "2024-05-30"
        );
        (status, (string)refused!["errorCode"]!).ShouldBe((HttpStatusCode.Conflict, "MIGRATION_HOST_BUSY"));

        await stage.Agent.RunAsync("limit", "--migrations", "2");
        (await stage.Agent.RunAsync("status")).ShouldStartWith("SYNCED");
        var second = "";
        await Condition.UntilAsync(
            async () =>
            {
                var (code, made) = await stage.Api.SendAsync(
                    HttpMethod.Post,
                    stage.Api.LiveMigrations,
                    request,
                    "2024-05-30"
                );
                second = code == HttpStatusCode.Created ? (string)made!["_id"]! : "";
                return second.Length > 0;
            },
            () => "the Hub has not heard of the host's limit",
            TimeSpan.FromMinutes(3),
            Cancellation
        );
        await stage.UntilReadyAsync(second);
        await stage.UntilReadyAsync(first);
        foreach (var id in (string[])[second, first])
        {
            await stage.CutOverAsync(id);
            await stage.UntilStatusAsync(id, "COMPLETE");
        }

        await stage.ShouldBeIdenticalAsync(Stage.Documents);
        var there = other.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        (await there.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(Stage.Documents);
    }
}
