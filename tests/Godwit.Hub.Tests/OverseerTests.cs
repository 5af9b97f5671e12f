using System.Net;
using System.Net.Sockets;
using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Destinations;
using Godwit.Hub.Support;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>What the Hub does by itself for its migrations.</summary>
public sealed class OverseerTests
{
    [Fact]
    [Requirement("D06")]
    public async Task A_destination_that_does_not_answer_delays_no_other_migration()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var stage = await TestMigration.StartAsync();
        var id = await stage.CreateAsync();
        await stage.SyncAsync(id);
        await MoveAsync(stage, $"mongodb://root:secret@{silent.LocalEndpoint}/");
        var validate = $"{stage.LiveMigrations}/validate";
        (await stage.SendAsync(HttpMethod.Post, validate, stage.Request("other-cloud"))).StatusCode.ShouldBe(
            HttpStatusCode.OK
        );
        // The Hub stands before the destination that says nothing.
        using var accepted = await silent.AcceptSocketAsync(TestHub.Cancellation);
        stage.Hub.Time.Advance(TimeSpan.FromHours(96));
        await stage.UntilAsync(async () => (await stage.EventsAsync(id)).Contains("LIVE_MIGRATION_EXPIRES_SOON"));
        stage.Hub.Service<HubLog>().Recent.ShouldNotContain(line => line.Contains("making the user of"));
    }

    [Fact]
    [Requirement("F01")]
    public async Task A_cluster_whose_name_leads_to_a_link_local_address_by_now_is_not_connected_to()
    {
        await using var stage = await TestMigration.StartAsync();
        // What it was when it was registered does not count.
        await MoveAsync(stage, "mongodb://root:secret@169.254.169.254/");
        var validate = $"{stage.LiveMigrations}/validate";
        var made = await TestHub.ReadAsync(
            await stage.SendAsync(HttpMethod.Post, validate, stage.Request("other-cloud"))
        );
        var own = $"/api/godwit/v1/groups/{stage.Owner.ProjectId}/validations/{made["_id"]}";
        await stage.UntilAsync(async () =>
            (string)(await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, own)))["status"]! == "FAILED"
        );
        (await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, own)))["checks"]!
            .ToString()
            .ShouldContain("is a link-local address");
    }

    /// <summary>Lets a registered cluster be somewhere else, with users.</summary>
    private static Task<int> MoveAsync(TestMigration stage, string address)
    {
        var ring = stage.Hub.Service<KeyRing>();
        var facts = ApiJson.Write(new ClusterFactsText("REPLICA_SET", "8.0.10", "there", true, true));
        return stage.Hub.QueryAsync(database =>
            database
                .Clusters.Where(one => one.Name == "other-cloud")
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(one => one.SealedAddress, ring.Seal(address, KeyRing.Clusters))
                            .SetProperty(one => one.Facts, facts),
                    TestHub.Cancellation
                )
        );
    }
}
