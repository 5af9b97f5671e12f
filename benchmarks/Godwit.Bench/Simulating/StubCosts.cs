using Godwit.Bench.NullServers;
using Godwit.Bson;
using Godwit.Cluster.Messages;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;

namespace Godwit.Bench.Simulating;

/// <summary>What a change costs that one host reads and writes, and another, which leads, routes.</summary>
internal static class StubCosts
{
    private const int Events = 200_000;
    private const int BatchItems = 1_000;
    private const long Holder = 1;

    /// <returns>CPU seconds for each, at the one that keeps it and at the one that leads.</returns>
    internal static async Task<(double Keep, double Stub)> MeasureAsync()
    {
        var synthetic = new SyntheticCollection(new("bench", "c00000"), Events, 350);
        EventTemplate[] pattern = [EventTemplate.Change(synthetic, isRaw: true), EventTemplate.Insert(synthetic)];
        var events = new List<RawDocument>(Events);
        for (var number = 0; number < Events; number++)
        {
            var template = pattern[number % pattern.Length];
            var bytes = new byte[template.Bytes.Length];
            template.Write(bytes, new(2, (uint)number + 1), number);
            events.Add(new(bytes));
        }

        var stubs = new RawDocument[Events];
        var room = new byte[events.Max(one => one.Length) + EventStubs.GrowthMax];
        var keep = await UnitCostMeasurement.CpuAsync(() =>
        {
            for (var number = 0; number < Events; number++)
            {
                _ = ChangeEvent.Parse(events[number]);
                var length = EventStubs.Write(events[number], new(Holder, number, events[number].Length), room);
                stubs[number] = new(room[..length]);
            }
        });
        using var collection = new FollowedCollection(
            new(synthetic.Name, synthetic.Uuid, CollectionKind.Collection, RawDocument.Empty, [], []),
            new(synthetic.Name, synthetic.Uuid)
        );
        return (keep / Events, await UnitCostMeasurement.CpuAsync(() => Route(stubs, collection)) / Events);
    }

    /// <summary>From the stub as it came to the order as it goes, and what is noted when it is carried out.</summary>
    private static void Route(RawDocument[] stubs, FollowedCollection collection)
    {
        var router = new Router<int>(new(1, 1), new(uint.MaxValue, 1), _ => default!);
        var table = new RangeTable(Array.Empty<RangeBound>());
        foreach (var range in table.Ranges)
        {
            _ = router.Open(range, new(1, 1));
            router.Written(range);
            router.Drained(range);
        }

        var slots = new WriteSlots(collection.Uuid, 1, 1);
        var shares = new LaneShares();
        var keys = new KeyScratch();
        using var block = new SharedBlock();
        var items = new List<LaneItem>(BatchItems);
        foreach (var stub in stubs)
        {
            var change = ChangeEvent.Parse(stub);
            var key = keys.Encode(change.Id);
            var hash = collection.Hash(key);
            _ = router.Route(change.Time, hash, table.Find(key), Handling.None, 0);
            items.Add(LaneItem.OfEvent(new(change, collection, hash, block), places: false, mayBeThere: false));
            if (items.Count == BatchItems)
            {
                Order(items);
            }
        }

        void Order(List<LaneItem> all)
        {
            foreach (var share in shares.Split(all))
            {
                GC.KeepAlive(LaneText.From(share.ToOrder(slots, 0)));
                foreach (var item in share.Items)
                {
                    router.Done(item.Ticket);
                    item.Dispose();
                }
            }

            all.Clear();
        }
    }
}
