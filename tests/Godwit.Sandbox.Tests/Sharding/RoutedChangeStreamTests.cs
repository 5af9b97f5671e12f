using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

public sealed class RoutedChangeStreamTests
{
    [Fact]
    public async Task An_event_is_given_as_soon_as_the_idle_shards_have_written_their_periodic_entry()
    {
        // The default of ten seconds would outlast the wait below.
        await using var cluster = await ShardedUnderTest.StartAsync(
            new ShardedOptions { PeriodicNoOp = TimeSpan.FromSeconds(1) }
        );
        await cluster.ExpectAsync("t", "{create: 'c'}");
        await using var connection = await cluster.ConnectAsync();
        var opened = await ShardedUnderTest.RunAsync(
            connection,
            "t",
            ShellText.Command("{aggregate: 'c', pipeline: [{$changeStream: {}}], cursor: {}}")
        );
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1}]}");

        var reply = await ShardedUnderTest.RunAsync(
            connection,
            "t",
            new()
            {
                { "getMore", opened["cursor"].AsDocument["id"] },
                { "collection", "c" },
                { "maxTimeMS", 8000 },
            }
        );

        ShardedUnderTest.Batch(reply).ShouldHaveSingleItem()["operationType"].AsString.ShouldBe("insert");
    }
}
