using Godwit.Bson;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Copying;

/// <summary>What a copier leaves behind when it lets go of a range.</summary>
public sealed class RangeWriterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, Requirement("S17")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_insert_whose_answer_was_lost_executes_no_more_once_the_copier_has_fenced_itself(bool fences)
    {
        var destination = new FakeCluster("destination", FakeFaults.None);
        using var collection = destination.CreateFollowed("shop.orders");
        var givesUpAtOnce = new RetryPolicy(
            TimeProvider.System,
            new Random(1),
            TimeSpan.Zero,
            TimeSpan.Zero,
            total: TimeSpan.Zero
        );
        var writer = new RangeWriter(destination, new WriteSlots(Guid.NewGuid(), 1, 1), 0, givesUpAtOnce);
        var document = new DocumentBuilder { { "_id", 1 } }.Build();
        destination.LosesNext = true;
        _ = await Should.ThrowAsync<ClusterException>(
            writer.InsertAsync(collection, DocumentBatch.Of([document]), Token)
        );
        if (fences)
        {
            await writer.FenceAsync(Token);
        }

        await destination.DeliverLateAsync();

        destination.Find("shop.orders", 1).IsEmpty.ShouldBe(fences);
    }
}
