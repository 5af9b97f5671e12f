using Godwit.Bench.Measuring;
using Godwit.Bson;
using Godwit.Wire;
using Godwit.Wire.Client;

namespace Godwit.Bench.Sandboxes;

/// <summary>A Sandbox in a process of its own, one member, spoken to over connections like any client's.</summary>
internal sealed class SandboxRun : IAsyncDisposable
{
    public const string Database = "shop";
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(1);
    private static readonly RawDocument Majority = new DocumentBuilder { { "w", "majority" } }.Build();
    private readonly MeasuredProgram program;

    private SandboxRun(MeasuredProgram program, string connectionString)
    {
        this.program = program;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    /// <summary>The processor time its process has taken.</summary>
    public TimeSpan ProcessorTime => program.ProcessorTime;

    private string Address => new Uri(ConnectionString) is var uri ? $"{uri.Host}:{uri.Port}" : "";

    /// <summary>Starts a replica set of one member, or a cluster of two shards with one each.</summary>
    public static async Task<SandboxRun> StartAsync(bool isSharded = false)
    {
        string[] shape = isSharded ? ["--sharded", "2x1", "--periodic-noop-seconds", "1"] : ["--replica-set", "1"];
        var program = MeasuredProgram.Start(Places.Godwit, ["sandbox", .. shape, "--port", "0"]);
        try
        {
            return new(program, await program.LineAsync(line => line.StartsWith("mongodb://"), StartMax));
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public Task<WireConnection> ConnectAsync() =>
        WireConnection.OpenAsync(Address, new() { ApplicationName = "bench" }, CancellationToken.None);

    /// <summary>Inserts documents of a kilobyte, a thousand at a time.</summary>
    public async Task LoadAsync(string collection, int documents)
    {
        const int batch = 1000;
        await using var connection = await ConnectAsync();
        for (var first = 0; first < documents; first += batch)
        {
            var some = Enumerable.Range(first, Math.Min(batch, documents - first)).Select(number => Order(number));
            await InsertAsync(connection, collection, some);
        }
    }

    /// <summary>Spreads a collection that is to come over the shards.</summary>
    public async Task ShardAsync(string collection)
    {
        await using var connection = await ConnectAsync();
        var command = new DocumentBuilder
        {
            { "shardCollection", $"{Database}.{collection}" },
            {
                "key",
                new DocumentBuilder { { "_id", "hashed" } }
            },
        };
        _ = await RunAsync(connection, command, database: "admin");
    }

    public static RawDocument Order(long number) =>
        new DocumentBuilder(1200)
        {
            { "_id", number },
            { "customer", number % 1000 },
            { "state", "new" },
            { "count", 0 },
            { "lines", RawValue.Array([new DocumentBuilder { { "article", number }, { "pieces", 2 } }]) },
            { "text", new string('x', 850) },
        }.Build();

    public static Task InsertAsync(WireConnection connection, string collection, IEnumerable<RawDocument> documents)
    {
        var bytes = documents.SelectMany(document => document.Bytes.ToArray()).ToArray();
        return RunAsync(connection, new() { { "insert", collection } }, new("documents", bytes));
    }

    /// <summary>Runs a command that has to succeed, writes with majority.</summary>
    public static async Task<RawDocument> RunAsync(
        WireConnection connection,
        DocumentBuilder command,
        DocumentSequence sequence = default,
        string database = Database
    )
    {
        if (!command.Any(field => field.Name == "find"))
        {
            command.Add("writeConcern", Majority);
        }

        using var reply = await connection.RunAsync(
            command.Add("$db", database).Build(),
            CancellationToken.None,
            sequence
        );
        return reply.IsOk && !reply.Body.Has("writeErrors")
            ? new(reply.Body.Bytes.ToArray())
            : throw new InvalidOperationException($"the Sandbox refused: {reply.Body}");
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();
}
