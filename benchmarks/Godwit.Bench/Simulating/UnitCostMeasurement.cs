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
        var open = await CpuAsync(() =>
        {
            foreach (var range in table.Ranges)
            {
                _ = router.Open(range, new(2, 1));
                router.Written(range);
                router.Drained(range);
            }
        });
        var route = await CpuAsync(() =>
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
        var save = await CpuAsync(() =>
        {
            saved = 0;
            foreach (var range in table.Ranges)
            {
                saved += SavedRange.Of(Collection, Collection, range).ToDocument().Length;
            }
        });
        var orders = await CpuAsync(() => OrderAsync(0));
        var notes = await CpuAsync(() => OrderAsync(NotesEach));
        var (keep, stub) = await StubCosts.MeasureAsync();
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
    internal static async Task<double> CpuAsync(Func<Task> run)
    {
        using var self = Process.GetCurrentProcess();
        var runs = new List<double>();
        for (var number = 0; number < WarmingRuns + MeasuredRuns; number++)
        {
            self.Refresh();
            var began = self.TotalProcessorTime;
            await run();
            self.Refresh();
            runs.Add((self.TotalProcessorTime - began).TotalSeconds);
        }

        return new Figure("", "", runs[WarmingRuns..]).Median;
    }

    /// <inheritdoc cref="CpuAsync(Func{Task})"/>
    internal static Task<double> CpuAsync(Action run) =>
        CpuAsync(() =>
        {
            run();
            return Task.CompletedTask;
        });

    /// <summary>Orders through the board, with so many notes each.</summary>
    private static async Task OrderAsync(int notesEach)
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
        for (var number = 0; number < Orders; number++)
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
