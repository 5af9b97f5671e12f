using Godwit.Bson;

namespace Godwit.Bench.Movers;

/// <summary>
/// The limit that the engine is held against: moves the same bytes through the same two endpoints without looking at them. A reply is
/// kept until what was sent on is acknowledged, as it must be by whoever may have to send it again.
/// </summary>
internal static class RelayRole
{
    private const string Database = "bench";
    private const string Collection = "c00000";

    /// <summary>A reply below this carries no event.</summary>
    private const int EmptyFrameMax = 512;

    /// <summary>Everything of the collection, in as many streams.</summary>
    public static async Task CopyAsync(string source, string sink, long documents, int batch, int streams)
    {
        var ranges = Enumerable.Range(0, streams).Select(i => (documents * i / streams, documents * (i + 1) / streams));
        await Task.WhenAll(
            ranges.Select(range => Task.Run(() => CopyRangeAsync(source, sink, range.Item1, range.Item2, batch)))
        );
    }

    /// <summary>Reads both sides and drops what comes.</summary>
    public static async Task ReadAsync(string source, string sink, long documents, int batch, int streams)
    {
        var ranges = Enumerable.Range(0, streams).Select(i => (documents * i / streams, documents * (i + 1) / streams));
        await Task.WhenAll(
            from range in ranges
            from side in new[] { source, sink }
            select Task.Run(() => ReadRangeAsync(side, range.Item1, range.Item2, batch))
        );
    }

    /// <summary>The events of the source's change stream, the next batch asked for while one is sent on.</summary>
    public static async Task EventsAsync(string source, string sink)
    {
        using var from = await RelayConnection.OpenAsync(source);
        using var next = await RelayConnection.OpenAsync(source);
        using var to = await RelayConnection.OpenAsync(sink);
        RawValue[] pipeline =
        [
            new DocumentBuilder
            {
                {
                    "$changeStream",
                    new DocumentBuilder { { "showExpandedEvents", true }, { "showRawUpdateDescription", true } }
                },
            },
        ];
        var command = new DocumentBuilder
        {
            { "aggregate", 1 },
            { "pipeline", RawValue.Array(pipeline) },
            { "cursor", RawDocument.Empty },
        };
        await from.RunAsync(command, "admin");
        var id = from.Cursor["id"u8].AsInt64;
        var (current, other) = (from, next);
        await current.SendAsync(GetMore(id, "$cmd.aggregate"), "admin");
        while (true)
        {
            await current.ReceiveAsync();
            if (current.Frame.Length < EmptyFrameMax)
            {
                return;
            }

            await other.SendAsync(GetMore(id, "$cmd.aggregate"), "admin");
            await to.RelayAsync(new() { { "update", Collection }, { "ordered", true } }, Database, current.Frame);
            (current, other) = (other, current);
        }
    }

    private static async Task CopyRangeAsync(string source, string sink, long from, long to, int batch)
    {
        using var reader = await RelayConnection.OpenAsync(source);
        using var writer = await RelayConnection.OpenAsync(sink);
        await foreach (var frame in FramesAsync(reader, from, to, batch))
        {
            await writer.RelayAsync(new() { { "insert", Collection }, { "ordered", false } }, Database, frame);
        }
    }

    private static async Task ReadRangeAsync(string side, long from, long to, int batch)
    {
        using var reader = await RelayConnection.OpenAsync(side);
        await foreach (var _ in FramesAsync(reader, from, to, batch)) { }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> FramesAsync(
        RelayConnection reader,
        long from,
        long to,
        int batch
    )
    {
        var find = new DocumentBuilder
        {
            { "find", Collection },
            {
                "min",
                new DocumentBuilder { { "_id", from } }
            },
            {
                "max",
                new DocumentBuilder { { "_id", to } }
            },
            { "batchSize", batch },
        };
        await reader.RunAsync(find, Database);
        while (true)
        {
            var id = reader.Cursor["id"u8].AsInt64;
            yield return reader.Frame;
            if (id == 0)
            {
                yield break;
            }

            await reader.RunAsync(GetMore(id, Collection).Add("batchSize", batch), Database);
        }
    }

    private static DocumentBuilder GetMore(long id, string collection) =>
        new() { { "getMore", id }, { "collection", collection } };
}
