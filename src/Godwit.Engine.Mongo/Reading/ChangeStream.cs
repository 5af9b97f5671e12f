using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;
using Godwit.Wire.Client;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>
/// An open change stream over the cluster on a connection of its own, one reply ahead of its reader. It never resumes by itself.
/// </summary>
internal sealed class ChangeStream : IChangeStream
{
    private readonly CommandChannel channel;
    private readonly WireConnection connection;
    private readonly TimeSpan awaitTime;
    private readonly CancellationTokenSource closed = new();
    private CursorId cursor;
    private Task<Reply>? next;

    private ChangeStream(CommandChannel channel, WireConnection connection, TimeSpan awaitTime)
    {
        this.channel = channel;
        this.connection = connection;
        this.awaitTime = awaitTime;
    }

    internal static async Task<IChangeStream> OpenAsync(
        CommandChannel channel,
        ChangeStreamRequest request,
        ClusterCapabilities capabilities,
        CancellationToken cancellationToken
    )
    {
        var connection = await channel.RentAsync(Stage.Changes, cancellationToken).ConfigureAwait(false);
        var stream = new ChangeStream(channel, connection, request.AwaitTime);
        var command = new DocumentBuilder
        {
            { "aggregate", 1 },
            { "pipeline", Pipeline(request, capabilities) },
            { "cursor", new DocumentBuilder() },
            {
                "readConcern",
                new DocumentBuilder { { "level", "majority" } }
            },
        };
        try
        {
            var first = await channel
                .ReadOnAsync(connection, Stage.Changes, "admin", command, cancellationToken)
                .ConfigureAwait(false);
            stream.next = Task.FromResult(first);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<ChangeBatch> NextAsync(CancellationToken cancellationToken)
    {
        var pending = next ?? throw new InvalidOperationException("the stream has ended");
        var reply = await pending.WaitAsync(cancellationToken).ConfigureAwait(false);
        next = null;
        var body = reply.Body["cursor"u8].AsDocument;
        cursor = CursorId.Of(body);
        if (!cursor.IsOpen)
        {
            reply.Dispose();
            throw new ClusterException(
                channel.Side,
                Stage.Changes,
                FaultKind.NeedsNewCursor,
                "the server closed the change stream"
            );
        }

        var token = new RawDocument(body["postBatchResumeToken"u8].AsDocument.Bytes.ToArray());
        var batch = new ChangeBatch(CursorReader.ToBatch(reply, body), token);
        var getMore = cursor.GetMore().Add("maxTimeMS", (long)awaitTime.TotalMilliseconds);
        next = channel.ReadOnAsync(connection, Stage.Changes, cursor.Database, getMore, closed.Token);
        return batch;
    }

    public async ValueTask DisposeAsync()
    {
        var pending = Interlocked.Exchange(ref next, null);
        await CursorReader.CloseAsync(channel, connection, cursor, pending).ConfigureAwait(false);
        closed.Dispose();
    }

    private static RawValue Pipeline(ChangeStreamRequest request, ClusterCapabilities capabilities)
    {
        var stages = new List<RawValue>
        {
            new DocumentBuilder { { "$changeStream", Options(request, capabilities) } },
            new DocumentBuilder { { "$match", StreamFilter.Of(request.Part) } },
        };
        if (request.KeysOnly)
        {
            string[] fields = ["_id", "operationType", "clusterTime", "ns", "collectionUUID", "documentKey"];
            var projection = new DocumentBuilder();
            Array.ForEach(fields, field => projection.Add(field, 1));
            stages.Add(new DocumentBuilder { { "$project", projection } });
        }
        else if (capabilities.SplitLargeEvents)
        {
            stages.Add(new DocumentBuilder { { "$changeStreamSplitLargeEvent", new DocumentBuilder() } });
        }

        return RawValue.Array(stages);
    }

    private static DocumentBuilder Options(ChangeStreamRequest request, ClusterCapabilities capabilities)
    {
        var options = new DocumentBuilder { { "allChangesForCluster", true }, { "showExpandedEvents", true } };
        if (capabilities.RawUpdateDescription && !request.KeysOnly)
        {
            options.Add("showRawUpdateDescription", true);
        }

        if (capabilities.MigrationEvents && !request.KeysOnly)
        {
            options.Add("showMigrationEvents", true);
        }

        if (capabilities.SystemEvents)
        {
            options.Add("showSystemEvents", true);
        }

        if (!request.ResumeAfter.IsEmpty)
        {
            options.Add("resumeAfter", request.ResumeAfter);
        }
        else if (request.StartAt is { } start)
        {
            options.Add("startAtOperationTime", start);
        }

        return options;
    }
}
