using System.Diagnostics;
using Godwit.Bench.Measuring;
using Godwit.Bson;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Simulation;

namespace Godwit.Bench.Simulating;

/// <summary>What one of each thing costs the leader, on the engine's own parts in this process; gigabytes and changes as they were benchmarked.</summary>
internal static class UnitCostMeasurement
{
    private const int Ranges = 100_000;
    private const int Orders = 5_000;
    private const int NotesEach = 16;
    private const int WarmingRuns = 2;
    private const int MeasuredRuns = 5;
    private static readonly Guid Collection = new("5cab1e00-0000-4000-8000-000000000001");

    internal static async Task<UnitCosts> MeasureAsync()
    {
        var bounds = Enumerable.Range(1, Ranges).Select(Bound).ToList();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var own = Enumerable.Range(1, Ranges).Select(Bound).ToList();
        var table = new RangeTable(own);
        var waiting = new Queue<(object, CopyRange)>(table.Ranges.Select(range => ((object)own, range)));
        var memory = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Ranges;
        GC.KeepAlive(waiting);

        var router = new Router<int>(new(1, 1), new(uint.MaxValue, 1), _ => default!);
        var open = Cpu(() =>
        {
            foreach (var range in table.Ranges)
            {
                _ = router.Open(range, new(2, 1));
                router.Written(range);
                router.Drained(range);
            }
        });
        var route = Cpu(() =>
        {
            foreach (var bound in bounds)
            {
                var key = FollowedCollection.KeyOf(bound.Id);
                var hash = KeyHash.Of(Collection, key);
                _ = router.Route(new(3, 1), hash, table.Find(key), Handling.None, 0);
                router.Done(new(hash, new(3, 1), new(3, 1), IsRewrite: false));
            }
        });
        long saved = 0;
        var save = Cpu(() =>
        {
            saved = 0;
            foreach (var range in table.Ranges)
            {
                saved += SavedRange.Of(Collection, Collection, range).ToDocument().Length;
            }
        });
        var orders = await CpuOfOrdersAsync(0);
        var notes = await CpuOfOrdersAsync(NotesEach);
        var (keep, stub) = StubCosts.Measure();
        var (copy, apply, verify) = (Read("copy"), Read("apply"), Read("verify"));
        return new()
        {
            Measured =
                $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}, commit {Machine.Commit}, {Machine.Here.Processor}",
            CopyPerGigabyte = Math.Max(
                Median(copy, "copy, documents of 350 B", "CPU s/GB"),
                Median(copy, "copy, documents of 4 KB", "CPU s/GB")
            ),
            // All processors' time, that of the null servers included: at most this.
            VerifyPerGigabyte =
                verify.Machine.Cores
                / (Median(verify, "verification in a migration, documents of 350 B", "MB/s") / 1e3),
            ApplyChange = Median(apply, "apply, uniform keys", "CPU µs/event") / 1e6,
            ChangesMost = Median(apply, "apply, uniform keys", "events/s"),
            RouteChange = route / Ranges,
            StubChange = stub,
            KeepChange = keep,
            OpenRange = open / Ranges,
            Order = orders / Orders,
            Note = Math.Max(0, notes - orders) / (Orders * NotesEach),
            SaveRange = save / Ranges,
            SavedRangeBytes = (double)saved / Ranges,
            RangeMemory = memory,
        };
    }

    private static RangeBound Bound(int number)
    {
        var id = RawValue.ObjectId(Convert.FromHexString($"65a0000000000000{number:X8}"));
        return new(id, FollowedCollection.KeyOf(id));
    }

    /// <summary>CPU seconds of this process, the median of some runs, after as many as the compiler takes to be done with it.</summary>
    internal static double Cpu(Action run)
    {
        for (var warming = 0; warming < WarmingRuns; warming++)
        {
            run();
        }

        using var self = Process.GetCurrentProcess();
        return MedianOf(Enumerable.Range(0, MeasuredRuns).Select(_ => Once()));

        double Once()
        {
            self.Refresh();
            var began = self.TotalProcessorTime;
            run();
            self.Refresh();
            return (self.TotalProcessorTime - began).TotalSeconds;
        }
    }

    private static double MedianOf(IEnumerable<double> figures) => figures.Order().ElementAt(MeasuredRuns / 2);

    /// <summary>As <see cref="Cpu"/>.</summary>
    private static async Task<double> CpuOfOrdersAsync(int notesEach)
    {
        var runs = new List<double>();
        for (var run = -WarmingRuns; run < MeasuredRuns; run++)
        {
            runs.Add(await OrdersAsync(Orders, notesEach));
        }

        return MedianOf(runs.Skip(WarmingRuns));
    }

    /// <summary>CPU seconds for orders through the board, with so many notes each.</summary>
    private static async Task<double> OrdersAsync(int count, int notesEach)
    {
        var board = new RangeBoard(TimeProvider.System);
        var host = Guid.NewGuid();
        var note = new MovedNote(4_000, 4_000_000, (byte)BsonType.Int32, [1, 0, 0, 0]);
        var move = new RangeMove(
            new(new(new("shop", "orders"), Collection), new(2, 1), 1, 2, ReadOrder.ById),
            new(new("shop", "orders"), Collection),
            IsOrdered: false,
            MayRepeatIds: false,
            new(new(Collection, 1))
        );
        using var self = Process.GetCurrentProcess();
        var began = self.TotalProcessorTime;
        for (var number = 0; number < count; number++)
        {
            var taking = board.TakeAsync(host);
            using var room = await board.RentAsync(CancellationToken.None);
            var moving = DrainAsync(room.MoveAsync(move, CancellationToken.None));
            var order = await taking ?? throw new InvalidOperationException("no order came");
            for (var sent = 0; sent < notesEach; sent++)
            {
                _ = await board.ReportAsync(order.Id, note);
            }

            board.End(order.Id, RangeEnd.Done);
            await moving;
        }

        self.Refresh();
        return (self.TotalProcessorTime - began).TotalSeconds;
    }

    private static async Task DrainAsync(IAsyncEnumerable<MovedBatch> batches)
    {
        await foreach (var batch in batches)
        {
            GC.KeepAlive(batch);
        }
    }

    private static Result Read(string benchmark) =>
        ResultFiles.Read(benchmark)
        ?? throw new InvalidOperationException($"{benchmark} has not been measured: ./bench {benchmark}");

    private static double Median(Result result, string name, string unit) =>
        result.Figures.Single(one => one.Name == name && one.Unit == unit).Median;
}
