using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>A cursor that a router holds on a member of a shard, with the documents it has given and nobody has taken.</summary>
internal sealed class ShardCursor
{
    private readonly Router router;
    private readonly ShardServer shard;
    private readonly ShardMember member;
    private readonly string collection;
    private readonly string database;
    private readonly Queue<RawDocument> buffer = new();
    private long id;

    private ShardCursor(Router router, ShardServer shard, ShardMember member, RawDocument cursor)
    {
        (this.router, this.shard, this.member) = (router, shard, member);
        var ns = Namespace.Parse(cursor["ns"].AsString);
        (database, collection) = (ns.Database, ns.Collection);
        Take(cursor, "firstBatch");
        AtClusterTime = cursor["atClusterTime"] is { Type: BsonType.Timestamp } time ? time.AsTimestamp : null;
    }

    /// <summary>The time of a snapshot read, as the shard told it.</summary>
    internal ClusterTime? AtClusterTime { get; }

    /// <summary>The token the shard gave with its last batch.</summary>
    internal RawValue Token { get; private set; }

    /// <summary>Whether a document is there.</summary>
    internal bool HasNext => buffer.Count > 0;

    /// <summary>Whether the shard has more.</summary>
    internal bool IsOpen => id != 0;

    /// <summary>The next document, left where it is.</summary>
    internal RawDocument Next => buffer.Peek();

    /// <summary>Opens it with a command of a client; the reply's own fields may be looked at.</summary>
    internal static async ValueTask<ShardCursor> OpenAsync(
        CommandContext context,
        ShardServer shard,
        CommandRequest request,
        CancellationToken cancellationToken
    )
    {
        var router = context.Member.Router!;
        var (member, reply) = await router
            .Transactions.SendAsync(context, shard, request, cancellationToken)
            .ConfigureAwait(false);
        CommandBody.Check(reply);
        return new(router, shard, member, reply["cursor"].AsDocument);
    }

    /// <summary>Takes over a cursor whose first batch has gone to the client.</summary>
    internal static ShardCursor Adopt(Router router, ShardServer shard, ShardMember member, RawDocument cursor)
    {
        var taken = new ShardCursor(router, shard, member, cursor);
        taken.buffer.Clear();
        return taken;
    }

    /// <summary>Takes the next document.</summary>
    internal RawDocument Dequeue() => buffer.Dequeue();

    /// <summary>Asks the shard for its next batch.</summary>
    internal async ValueTask FetchAsync(CommandContext context, int documentsMax, CancellationToken cancellationToken)
    {
        var command = new DocumentBuilder { { "getMore", id }, { "collection", collection } };
        if (documentsMax < int.MaxValue)
        {
            command.Add("batchSize", documentsMax);
        }

        // A cursor has its read concern from when it was opened, maybe by this very command.
        var body = CommandBody.AppendGeneric(command, CommandBody.Without(context.Body, "readConcern")).Build();
        var reply = await router
            .Transactions.SendToAsync(context, shard, member, new(body, database), cancellationToken)
            .ConfigureAwait(false);
        id = 0;
        CommandBody.Check(reply);
        Take(reply["cursor"].AsDocument, "nextBatch");
    }

    /// <summary>Closes it on the shard, if the member is still there.</summary>
    internal void Close()
    {
        if (id != 0)
        {
            member.CloseCursor(id);
        }

        id = 0;
    }

    private void Take(RawDocument cursor, string batch)
    {
        id = cursor["id"].AsInt64;
        Token = cursor["postBatchResumeToken"];
        foreach (var document in cursor[batch].AsDocument.Values())
        {
            buffer.Enqueue(document.AsDocument);
        }
    }
}
