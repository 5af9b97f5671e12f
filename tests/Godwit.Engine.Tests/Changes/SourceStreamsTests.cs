using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Spooling;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Changes;

/// <summary>What comes out of change streams whose number changes is what one stream brings.</summary>
[Requirement("S10")]
public sealed class SourceStreamsTests
{
    private const int EventsWanted = 1500;
    private const int ChangesWanted = 25;

    private static readonly RetryPolicy Retry = RetryPolicy.Within(TimeSpan.FromSeconds(30), TimeProvider.System);
    private static readonly MigrationSettings Settings = new()
    {
        StreamsWatchEvery = TimeSpan.FromMilliseconds(2),
        ChangeAwaitTime = TimeSpan.FromMilliseconds(2),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    public async Task Each_event_comes_once_and_in_order_while_their_number_changes_and_they_break(int seed)
    {
        var scenario = new MigrationScenario(seed, faultRate: 0.02);
        scenario.Load("shop.orders", 100);
        var begin = (await scenario.Source.IdentifyAsync(Token)).OperationTime;
        var random = new Random(seed);
        var changes = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(["shop.orders", "shop.customers"], 250, definitions: true, stop.Token);
        var buffer = new EventBuffer(new(50_000), null);
        var following = FollowAsync(
            scenario.Source,
            begin,
            buffer,
            (now, _) =>
            {
                var next = random.Next(1, 6);
                changes += next == now ? 0 : 1;
                return next;
            },
            stop.Token
        );
        var came = new List<RawDocument>();
        while (came.Count < EventsWanted || changes < ChangesWanted)
        {
            var (batch, share) = await buffer.TakeAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
            foreach (var document in batch.Events)
            {
                came.Add(new(document.Bytes.ToArray()));
            }

            batch.Dispose();
            share.Dispose();
        }

        await stop.CancelAsync();
        await work;
        _ = await Should.ThrowAsync<OperationCanceledException>(following);

        var places = came.Select(one => TokenPlace.Of(one["_id"].AsDocument)).ToList();
        places.Zip(places.Skip(1)).ShouldAllBe(pair => pair.First.CompareTo(pair.Second) < 0, $"seed {seed}");
        var expected = await ReadByOneAsync(scenario.Source, begin, came.Count);
        came.Select(one => one.ToString()).ShouldBe(expected.Select(one => one.ToString()), $"seed {seed}");
    }

    private static async Task FollowAsync(
        ISourceCluster source,
        ClusterTime begin,
        EventBuffer buffer,
        Func<int, StreamLoad, int> choice,
        CancellationToken cancellationToken
    )
    {
        var parts = await new StreamStarter(source, Retry, Settings).StartAsync(3, null, begin, cancellationToken);
        await new SourceStreams(
            source,
            new SourceClock(source, TimeProvider.System),
            new Counters(),
            shared: null,
            choice,
            Retry,
            Settings,
            NullLogger.Instance
        ).RunAsync(new(parts, begin, null!, RawDocument.Empty), buffer, cancellationToken);
    }

    /// <summary>So many events, as one stream that never breaks for good brings them.</summary>
    private static async Task<IReadOnlyList<RawDocument>> ReadByOneAsync(
        ISourceCluster source,
        ClusterTime begin,
        int count
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var parts = await new StreamStarter(source, Retry, Settings).StartAsync(1, null, begin, Token);
        var read = new ConcurrentQueue<RawDocument>();
        await using var follower = new StreamFollower(
            source.OpenChangesAsync,
            parts[0],
            begin,
            Retry,
            Settings.ChangeAwaitTime
        );
        _ = await Should.ThrowAsync<OperationCanceledException>(
            follower.RunAsync(
                async (_, batch, _) =>
                {
                    foreach (var document in batch.Events)
                    {
                        read.Enqueue(new(document.Bytes.ToArray()));
                    }

                    batch.Dispose();
                    if (read.Count >= count)
                    {
                        await stop.CancelAsync();
                    }
                },
                CancellationToken.None,
                stop.Token
            )
        );
        return [.. read.Take(count)];
    }
}
