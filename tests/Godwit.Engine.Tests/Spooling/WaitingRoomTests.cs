using Godwit.Bson;
using Godwit.Engine.Spooling;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Spooling;

/// <summary>Events that wait for their ranges stay in order and within the bound, wherever they are.</summary>
[Requirement("S5")]
[Requirement("S33")]
public sealed class WaitingRoomTests : IDisposable
{
    private const long Bound = 10_000;
    private readonly SpoolScene scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => scene.Dispose();

    [Fact]
    public async Task Beyond_the_bound_events_go_to_disk_and_come_back_in_order()
    {
        var folder = scene.Open();
        var room = new WaitingRoom(Bound, folder);
        using var waiting = room.Open();
        for (var number = 0; number < 2_000; number++)
        {
            await AddAsync(room, waiting, number);
        }

        folder.Used.ShouldBeGreaterThan(2_000 * 100);
        (await DrainAsync(waiting)).ShouldBe(Enumerable.Range(0, 2_000));
        waiting.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Events_are_added_and_taken_at_the_same_time_without_losing_order()
    {
        var room = new WaitingRoom(Bound, scene.Open());
        using var waiting = room.Open();
        var adding = Task.Run(
            async () =>
            {
                for (var number = 0; number < 5_000; number++)
                {
                    await AddAsync(room, waiting, number);
                }
            },
            Token
        );
        var taken = new List<int>();
        while (taken.Count < 5_000)
        {
            taken.AddRange(await DrainAsync(waiting));
            await Task.Yield();
        }

        await adding;
        taken.ShouldBe(Enumerable.Range(0, 5_000));
    }

    [Fact]
    public async Task Without_a_spool_routing_waits_until_a_range_is_written()
    {
        var room = new WaitingRoom(Bound, folder: null);
        var waiting = room.Open();
        for (var number = 0; number < 20; number++)
        {
            await AddAsync(room, waiting, number);
        }

        var blocked = room.MakeRoomAsync(Bound, Token);
        blocked.IsCompleted.ShouldBeFalse();
        waiting.Dispose();
        await blocked.WaitAsync(TimeSpan.FromSeconds(20), Token);
        room.Used.ShouldBe(0);
    }

    [Fact]
    public async Task A_copy_given_up_leaves_nothing_on_disk()
    {
        var folder = scene.Open();
        var room = new WaitingRoom(Bound, folder);
        var waiting = room.Open();
        for (var number = 0; number < 500; number++)
        {
            await AddAsync(room, waiting, number);
        }

        scene.Files.ShouldNotBeEmpty();
        waiting.Dispose();
        scene.Files.ShouldBeEmpty();
        folder.Used.ShouldBe(0);
        (await waiting.TakeAsync(Token)).ShouldBeNull();
    }

    private static async Task AddAsync(WaitingRoom room, WaitingEvents waiting, int number)
    {
        var change = new DocumentBuilder { { "n", number }, { "text", new string('x', 100) } }.Build();
        await room.MakeRoomAsync(change.Length, Token);
        waiting.Add(change);
    }

    private static async Task<List<int>> DrainAsync(WaitingEvents waiting)
    {
        var numbers = new List<int>();
        while (await waiting.TakeAsync(Token) is { } events)
        {
            using (events)
            {
                foreach (var change in events)
                {
                    numbers.Add(change["n"].AsInt32);
                }
            }
        }

        return numbers;
    }
}
