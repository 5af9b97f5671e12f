using Godwit.Bson;
using Godwit.Wire.Client;

namespace Godwit.Bench.Sandboxes;

/// <summary>Applications that write all the time at a steady rate: operator updates, inserts, replacements, deletes.</summary>
internal sealed class WritingLoad : IAsyncDisposable
{
    private const int Writers = 4;
    private const int WritesPerSecond = 400;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds((double)Writers / WritesPerSecond);
    private readonly CancellationTokenSource stopped = new();
    private readonly Task writing;

    public WritingLoad(SandboxRun source, string collection, int documents) =>
        writing = Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer => Task.Run(() => WriteAsync(source, collection, documents, writer)))
        );

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        await writing;
        stopped.Dispose();
    }

    private async Task WriteAsync(SandboxRun source, string collection, int documents, int writer)
    {
        await using var connection = await source.ConnectAsync();
        var random = new Random(writer);
        for (long number = 0; !stopped.IsCancellationRequested; number++)
        {
            var id = random.NextInt64(documents);
            await (
                (number % 10) switch
                {
                    0 or 1 => SandboxRun.InsertAsync(
                        connection,
                        collection,
                        [SandboxRun.Order(documents + (number * Writers) + writer)]
                    ),
                    2 => UpdateAsync(connection, collection, id, SandboxRun.Order(id)),
                    3 => DeleteAsync(connection, collection, id),
                    _ => UpdateAsync(connection, collection, id, Changes(number)),
                }
            );
            await Task.WhenAny(Task.Delay(Pause, TimeProvider.System, stopped.Token));
        }
    }

    private static RawDocument Changes(long number) =>
        new DocumentBuilder
        {
            {
                "$set",
                new DocumentBuilder { { "state", FormattableString.Invariant($"state {number}") } }
            },
            {
                "$inc",
                new DocumentBuilder { { "count", 1 } }
            },
            {
                "$push",
                new DocumentBuilder
                {
                    {
                        "lines",
                        new DocumentBuilder { { "article", number } }
                    },
                }
            },
        }.Build();

    private static Task UpdateAsync(WireConnection connection, string collection, long id, RawDocument update)
    {
        var statement = new DocumentBuilder { { "q", ById(id) }, { "u", update } };
        return SandboxRun.RunAsync(
            connection,
            new() { { "update", collection }, { "updates", RawValue.Array([statement]) } }
        );
    }

    private static Task DeleteAsync(WireConnection connection, string collection, long id)
    {
        var statement = new DocumentBuilder { { "q", ById(id) }, { "limit", 1 } };
        return SandboxRun.RunAsync(
            connection,
            new() { { "delete", collection }, { "deletes", RawValue.Array([statement]) } }
        );
    }

    private static DocumentBuilder ById(long id) => new() { { "_id", id } };
}
