using System.Diagnostics;
using Godwit.Bench.Measuring;
using Godwit.Bench.Sandboxes;
using Godwit.Bson;
using Godwit.Wire.Client;

namespace Godwit.Bench.Benchmarks;

/// <summary>
/// The Sandbox against the limit of any server that it could be on this machine: the same number of messages, or the same bytes in
/// messages of the same size, that are answered without anything being done (<c>ping</c>). Over one connection, one after the other.
/// </summary>
internal sealed class SandboxBenchmark : IBenchmark
{
    private const string Collection = "bench";
    private const int Batch = 1000;
    private const int Streams = 8;

    public string Name => "sandbox";

    public string Description =>
        "what the Sandbox costs: inserts, reads, scans, change streams, transactions, against pings";

    public async Task RunAsync(Scale scale, Figures figures)
    {
        var documents = (int)scale.Of(200_000);
        var messages = (int)scale.Of(20_000);
        var runs = await scale.RepeatAsync($"{documents} documents of 1 KB", () => RunAsync(documents, messages));
        Add("bulk insert, 1 KB", "MB/s", "CPU s/GB", run => run.Insert, 1e6, 1e9);
        Add("scan, 1 KB", "MB/s", "CPU s/GB", run => run.Scan, 1e6, 1e9);
        Ratio("bulk insert : the same bytes in pings, throughput", run => run.Insert, run => run.Bytes);
        Ratio("scan : the same bytes in pings, throughput", run => run.Scan, run => run.Bytes);
        Add("ping", "/s", "CPU µs", run => run.Ping, 1, 1e6);
        Add("point read", "/s", "CPU µs", run => run.Read, 1, 1e6);
        Ratio("point read : ping, rate", run => run.Read, run => run.Ping);
        Add("transaction of two updates", "/s", "CPU µs", run => run.Transaction, 1, 1e6);
        figures.Add(
            "transaction of two updates : three pings, rate",
            "×",
            runs.Select(run => 3 * run.Transaction.PerSecond / run.Ping.PerSecond)
        );
        Add("change event to one stream", "events/s", "CPU µs/event", run => run.OneStream, 1, 1e6);
        Add($"change event to {Streams} streams, each", "events/s", "CPU µs/event", run => run.ManyStreams, 1, 1e6);
        figures.Add(
            $"{Streams} streams : one stream, CPU per event and stream",
            "×",
            runs.Select(run => run.ManyStreams.SecondsPerUnit / run.OneStream.SecondsPerUnit)
        );

        void Add(string name, string unit, string cost, Func<Measures, Measure> of, double per, double costPer)
        {
            figures.Add(name, unit, runs.Select(run => of(run).PerSecond / per));
            figures.Add(name, cost, runs.Select(run => of(run).SecondsPerUnit * costPer));
        }

        void Ratio(string name, Func<Measures, Measure> one, Func<Measures, Measure> other) =>
            figures.Add(name, "×", runs.Select(run => one(run).PerSecond / other(run).PerSecond));
    }

    private static async Task<Measures> RunAsync(int documents, int messages)
    {
        await using var sandbox = await SandboxRun.StartAsync();
        await using var connection = await sandbox.ConnectAsync();
        var payloads = Enumerable
            .Range(0, documents / Batch)
            .Select(batch =>
                Enumerable
                    .Range(batch * Batch, Batch)
                    .SelectMany(number => SandboxRun.Order(number).Bytes.ToArray())
                    .ToArray()
            )
            .ToList();
        var bytes = payloads.Sum(payload => (double)payload.Length);
        await PingAsync(connection, messages);
        return new()
        {
            Bytes = await MeasureAsync(sandbox, bytes, () => PingWithAsync(connection, payloads)),
            Insert = await MeasureAsync(sandbox, bytes, () => InsertAsync(connection, payloads)),
            Scan = await MeasureAsync(sandbox, bytes, () => ScanAsync(connection)),
            Ping = await MeasureAsync(sandbox, messages, () => PingAsync(connection, messages)),
            Read = await MeasureAsync(sandbox, messages, () => ReadAsync(connection, messages, documents)),
            Transaction = await MeasureAsync(
                sandbox,
                messages / 4,
                () => TransactionsAsync(connection, messages / 4, documents)
            ),
            OneStream = await FollowAsync(sandbox, 1, messages),
            ManyStreams = await FollowAsync(sandbox, Streams, messages),
        };
    }

    private static async Task<Measure> MeasureAsync(SandboxRun sandbox, double units, Func<Task> work)
    {
        var (began, spent) = (Stopwatch.GetTimestamp(), sandbox.ProcessorTime);
        await work();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new(units / seconds, (sandbox.ProcessorTime - spent).TotalSeconds / units);
    }

    private static async Task PingWithAsync(WireConnection connection, IEnumerable<byte[]> payloads)
    {
        foreach (var payload in payloads)
        {
            await RunAsync(connection, new() { { "ping", 1 }, { "comment", RawValue.Binary(payload) } });
        }
    }

    private static async Task InsertAsync(WireConnection connection, IEnumerable<byte[]> payloads)
    {
        foreach (var payload in payloads)
        {
            await SandboxRun.RunAsync(connection, new() { { "insert", Collection } }, new("documents", payload));
        }
    }

    private static async Task ScanAsync(WireConnection connection)
    {
        var reply = await RunAsync(connection, new() { { "find", Collection }, { "batchSize", Batch } });
        while (reply["cursor"].AsDocument["id"].AsInt64 is not 0 and var id)
        {
            reply = await RunAsync(
                connection,
                new()
                {
                    { "getMore", id },
                    { "collection", Collection },
                    { "batchSize", Batch },
                }
            );
        }
    }

    private static async Task PingAsync(WireConnection connection, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await RunAsync(connection, new() { { "ping", 1 } });
        }
    }

    private static async Task ReadAsync(WireConnection connection, int count, int documents)
    {
        for (var i = 0; i < count; i++)
        {
            var filter = new DocumentBuilder { { "_id", (long)(i * 7919L % documents) } };
            await RunAsync(
                connection,
                new()
                {
                    { "find", Collection },
                    { "filter", filter },
                    { "limit", 1L },
                    { "singleBatch", true },
                }
            );
        }
    }

    private static async Task TransactionsAsync(WireConnection connection, int count, int documents)
    {
        var session = new DocumentBuilder { { "id", RawValue.Uuid(Guid.NewGuid()) } }.Build();
        for (long number = 1; number <= count; number++)
        {
            for (var half = 0; half < 2; half++)
            {
                var command = Update(((2 * number) + half) * 7919 % documents)
                    .Add("lsid", session)
                    .Add("txnNumber", number)
                    .Add("autocommit", false);
                await RunAsync(connection, half == 0 ? command.Add("startTransaction", true) : command);
            }

            await RunAsync(
                connection,
                new()
                {
                    { "commitTransaction", 1 },
                    { "lsid", session },
                    { "txnNumber", number },
                    { "autocommit", false },
                },
                database: "admin"
            );
        }
    }

    /// <summary>Writes events, then has each stream read them all from before; units are events read by one stream.</summary>
    private static async Task<Measure> FollowAsync(SandboxRun sandbox, int streams, int events)
    {
        var connections = new List<WireConnection>();
        var cursors = new List<long>();
        for (var i = 0; i < streams; i++)
        {
            connections.Add(await sandbox.ConnectAsync());
            var stage = new DocumentBuilder { { "$changeStream", RawDocument.Empty } };
            var opened = await RunAsync(
                connections[i],
                new()
                {
                    { "aggregate", Collection },
                    { "pipeline", new ArrayBuilder { stage }.Build() },
                    {
                        "cursor",
                        new DocumentBuilder { { "batchSize", 0 } }
                    },
                }
            );
            cursors.Add(opened["cursor"].AsDocument["id"].AsInt64);
        }

        await using (var writer = await sandbox.ConnectAsync())
        {
            for (var first = 0; first < events; first += Batch)
            {
                var updates = Enumerable.Range(first, Math.Min(Batch, events - first)).Select(Change);
                await SandboxRun.RunAsync(
                    writer,
                    new() { { "update", Collection }, { "updates", RawValue.Array(updates) } }
                );
            }
        }

        var measure = await MeasureAsync(
            sandbox,
            (double)events * streams,
            () => Task.WhenAll(connections.Zip(cursors, (connection, id) => DrainAsync(connection, id, events)))
        );
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }

        return measure with
        {
            PerSecond = measure.PerSecond / streams,
        };
    }

    private static async Task DrainAsync(WireConnection connection, long id, int events)
    {
        for (var seen = 0; seen < events; )
        {
            var reply = await RunAsync(
                connection,
                new()
                {
                    { "getMore", id },
                    { "collection", Collection },
                    { "maxTimeMS", 1000 },
                }
            );
            seen += reply["cursor"].AsDocument["nextBatch"].AsDocument.Count();
        }
    }

    private static DocumentBuilder Update(long id) =>
        new() { { "update", Collection }, { "updates", RawValue.Array([Change(id)]) } };

    private static RawValue Change(long id) =>
        new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", id } }
            },
            {
                "u",
                new DocumentBuilder
                {
                    {
                        "$inc",
                        new DocumentBuilder { { "count", 1 } }
                    },
                }
            },
        };

    private static RawValue Change(int id) => Change((long)id);

    private static async Task<RawDocument> RunAsync(
        WireConnection connection,
        DocumentBuilder command,
        string database = SandboxRun.Database
    )
    {
        using var reply = await connection.RunAsync(command.Add("$db", database).Build(), CancellationToken.None);
        return reply.IsOk
            ? new(reply.Body.Bytes.ToArray())
            : throw new InvalidOperationException($"the Sandbox refused: {reply.Body}");
    }

    /// <param name="PerSecond">Units done in a second.</param>
    /// <param name="SecondsPerUnit">Processor time of the Sandbox for each.</param>
    private sealed record Measure(double PerSecond, double SecondsPerUnit);

    private sealed record Measures
    {
        public required Measure Bytes { get; init; }
        public required Measure Insert { get; init; }
        public required Measure Scan { get; init; }
        public required Measure Ping { get; init; }
        public required Measure Read { get; init; }
        public required Measure Transaction { get; init; }
        public required Measure OneStream { get; init; }
        public required Measure ManyStreams { get; init; }
    }
}
