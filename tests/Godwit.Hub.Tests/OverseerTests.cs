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
        var address = $"mongodb://root:secret@{silent.LocalEndpoint}/";
        var ring = stage.Hub.Service<KeyRing>();
        var facts = ApiJson.Write(new ClusterFactsText("REPLICA_SET", "8.0.10", "there", true, true));
        _ = await stage.Hub.QueryAsync(database =>
            database
                .Clusters.Where(one => one.Name == "other-cloud")
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(one => one.SealedAddress, ring.Seal(address, KeyRing.Clusters))
                            .SetProperty(one => one.Facts, facts),
                    TestHub.Cancellation
                )
        );
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
}
