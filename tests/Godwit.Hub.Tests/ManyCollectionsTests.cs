using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Microsoft.AspNetCore.SignalR.Client;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Ten thousand collections and more fit into what a host and its Hub say to each other, each named.</summary>
public sealed class ManyCollectionsTests
{
    private const int Count = 10_000;

    private static readonly List<ReportedCollection> Collections =
    [
        .. Enumerable
            .Range(0, Count)
            .Select(i => new ReportedCollection(
                $"shop{i % 7}.collection_{i:00000}",
                10 + i,
                i,
                1000 + i,
                i,
                false,
                false
            )),
    ];

    [Fact]
    [Requirement("D01")]
    public async Task All_collections_and_a_long_report_arrive_over_the_hosts_connection()
    {
        await using var stage = await TestMigration.StartAsync();
        var id = await stage.CreateAsync();
        var order = (await stage.OrderAsync(id))!;
        // As random as hashes are, which do not shrink.
        var hashes = new Random(7);
        var report = ApiJson.Write(
            Collections.Select(one => new { one.Name, Hash = Convert.ToHexString(Bytes(hashes, 32)) })
        );
        await using var connection = await stage.ConnectAsync();
        await SendAsync(connection, stage, new(id, order.Revision, MigrationActivity.Running, Progress(), null, null));
        var shown = await stage.GetOwnAsync(id);
        shown["progress"]!["collections"]!.AsArray().Count.ShouldBe(ReportSize.ShownMax);
        ((int)shown["progress"]!["collectionsCount"]!).ShouldBe(Count);

        var last = await ListAsync(stage, id, "itemsPerPage=500&pageNum=20");
        ((int)last["totalCount"]!).ShouldBe(Count);
        ((string)last["results"]!.AsArray()[^1]!["name"]!).ShouldBe(Collections[^1].Name);
        var found = await ListAsync(stage, id, "search=COLLECTION_0999");
        ((int)found["totalCount"]!).ShouldBe(10);

        await SendAsync(
            connection,
            stage,
            new(id, order.Revision, MigrationActivity.Committed, Progress(), null, report)
        );
        await stage.UntilAsync(async () => (string)(await stage.GetOwnAsync(id))["status"]! == "COMPLETE");
        var answer = await stage.SendAsync(HttpMethod.Get, $"{stage.Own}/{id}/report");
        (await answer.Content.ReadAsStringAsync(TestHub.Cancellation)).ShouldBe(report);
    }

    [Fact]
    [Requirement("D01")]
    public void However_many_collections_there_are_a_message_is_bounded_and_says_how_many_there_are()
    {
        var names = new Random(7);
        List<ReportedCollection> many =
        [
            .. Enumerable
                .Range(0, 50_000)
                .Select(_ => new ReportedCollection(Convert.ToHexString(Bytes(names, 110)), 1, 1, 1, 1, false, false)),
        ];
        var sent = ReportSize.Pack(
            new("id", 1, MigrationActivity.Running, Progress() with { Collections = many }, null, null)
        );
        ApiJson.Write(sent).Length.ShouldBeLessThan((int)ReportSize.MessageBytesMax);
        sent.Progress!.CollectionsCount.ShouldBe(many.Count);
        var arrived = ReportSize.Whole(sent)!.Collections;
        arrived.Count.ShouldBeGreaterThan(10_000);
        arrived.ShouldBe(many.Take(arrived.Count));
    }

    [Fact]
    [Requirement("D01")]
    public void A_text_that_was_not_packed_by_a_host_is_refused()
    {
        Should.Throw<InvalidDataException>(() => PackedText.Unpack("no base64!"));
        Should.Throw<InvalidDataException>(() => PackedText.Unpack(PackedText.Pack(new string('a', 65 * 1024 * 1024))));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static ReportedProgress Progress() =>
        new("COPYING", 10, 1000, 1000, 5, 0, 0.4, 1, 0, 0, false, false, 5, null, Collections, []);

    private static async Task SendAsync(HubConnection connection, TestMigration stage, ReportedMigration migration) =>
        _ = await connection.InvokeAsync<AgentOrders>(
            AgentRoutes.Exchange,
            stage.Report(ReportSize.Pack(migration)),
            TestHub.Cancellation
        );

    private static async Task<System.Text.Json.Nodes.JsonNode> ListAsync(
        TestMigration stage,
        string id,
        string query
    ) => await TestHub.ReadAsync(await stage.SendAsync(HttpMethod.Get, $"{stage.Own}/{id}/collections?{query}"));
}
