using System.Runtime.CompilerServices;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;
using Godwit.Wire.Client;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>
/// Reads cursors to their end, one batch ahead of whoever consumes them: while a batch is being written the next one is already on
/// its way, so that a reader holds at most two. Batches are asked for so small that they stay in the processor's cache on their way
/// through, and that little memory is touched: as many documents as the batch before says make <see cref="BatchBytes"/>.
/// </summary>
internal static class CursorReader
{
    /// <summary>
    /// As many documents as one write command takes (<c>maxWriteBatchSize</c>), since a batch goes out as it came in; the server ends
    /// every batch at 16 MB besides.
    /// </summary>
    internal const int BatchCountMax = 100_000;

    /// <summary>What a batch is to be about: large against what a command costs, small against a cache of the third level.</summary>
    private const int BatchBytes = 4 * 1024 * 1024;

    /// <summary>Documents of the first batch where nothing is known about their size.</summary>
    private const int FirstCount = 1_000;

    /// <summary>How many documents to ask for if they are of this size; 0 for not known.</summary>
    internal static int CountOf(long documentBytes) =>
        documentBytes == 0 ? FirstCount : (int)Math.Clamp(BatchBytes / documentBytes, 1, BatchCountMax);

    internal static async IAsyncEnumerable<DocumentBatch> ReadAsync(
        CommandChannel channel,
        Stage stage,
        string database,
        DocumentBuilder command,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var connection = await channel.RentAsync(stage, cancellationToken).ConfigureAwait(false);
        var next = channel.ReadOnAsync(connection, stage, database, command, cancellationToken);
        var cursor = default(CursorId);
        try
        {
            while (next is not null)
            {
                var reply = await next.ConfigureAwait(false);
                var body = reply.Body["cursor"u8].AsDocument;
                cursor = CursorId.Of(body);
                var batch = ToBatch(reply, body);
                next = cursor.IsOpen
                    ? channel.ReadOnAsync(
                        connection,
                        stage,
                        cursor.Database,
                        cursor.GetMore().Add("batchSize", CountOf(batch.Bytes.Length / Math.Max(1, batch.Count))),
                        cancellationToken
                    )
                    : null;
                if (batch.Count == 0)
                {
                    batch.Dispose();
                }
                else
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            await CloseAsync(channel, connection, cursor, next).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a cursor of small documents into a list of copies.</summary>
    internal static async Task<List<RawDocument>> ListAsync(
        CommandChannel channel,
        Stage stage,
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken
    )
    {
        var documents = new List<RawDocument>();
        await foreach (
            var batch in ReadAsync(channel, stage, database, command, cancellationToken).ConfigureAwait(false)
        )
        {
            using var _ = batch;
            foreach (var document in batch)
            {
                documents.Add(new(document.Bytes.ToArray()));
            }
        }

        return documents;
    }

    internal static DocumentBatch ToBatch(Reply reply, RawDocument cursor)
    {
        var array = cursor["nextBatch"u8] is { IsMissing: false } next ? next : cursor["firstBatch"u8];
        var (documents, count, lastStart) = reply.Gather(array);
        return new(documents, count, reply, lastStart);
    }

    /// <summary>
    /// Gives the connection back. With a request still under way it is broken instead, since waiting for the reply could take as long
    /// as the reply does; then, and when the cursor is still open, the server is told to forget the cursor.
    /// </summary>
    internal static async ValueTask CloseAsync(
        CommandChannel channel,
        WireConnection connection,
        CursorId cursor,
        Task<Reply>? pending
    )
    {
        if (pending is not null)
        {
            if (!pending.IsCompleted)
            {
                connection.Break(new ObjectDisposedException(nameof(CursorReader)));
            }

            try
            {
                (await pending.ConfigureAwait(false)).Dispose();
            }
            catch (Exception expected) when (expected is ClusterException or OperationCanceledException)
            {
                // Broken on purpose just above, or the fault that ends this read and is thrown to its consumer.
            }
        }

        await channel.ReturnAsync(connection).ConfigureAwait(false);
        if (cursor.IsOpen)
        {
            await KillAsync(channel, cursor).ConfigureAwait(false);
        }
    }

    private static async Task KillAsync(CommandChannel channel, CursorId cursor)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            _ = await channel
                .AskAsync(Stage.Read, cursor.Database, cursor.Kill(), patience.Token)
                .ConfigureAwait(false);
        }
        catch (Exception expected)
            when (expected is ClusterException or OperationCanceledException or ObjectDisposedException)
        {
            // A cursor that is not killed ends by its timeout; nothing depends on it.
        }
    }
}
