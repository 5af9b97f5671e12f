using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Writing;

/// <summary>A migration's reserved database: progress, epochs and fences (S16, S17, S26).</summary>
internal sealed class ReservedStore(CommandChannel channel, string database)
{
    private readonly Sharding.Fences fences = new(channel, database);

    internal Task<List<RawDocument>> ReadAsync(string collection, CancellationToken cancellationToken) =>
        FindAsync(collection, RawDocument.Empty, cancellationToken);

    internal async Task<bool> SwapAsync(string collection, RawDocument statement, CancellationToken cancellationToken)
    {
        var reply = await UpdateAsync(collection, statement, default, cancellationToken).ConfigureAwait(false);
        return reply["n"].ToInt64() > 0;
    }

    /// <summary>
    /// The number itself is what changes, so that the server writes it into its history: one that changes nothing is remembered in
    /// memory only.
    /// </summary>
    internal async Task FenceAsync(WriteTicket ticket, CancellationToken cancellationToken)
    {
        if (channel.IsRouted)
        {
            await fences.WriteAsync(ticket, cancellationToken).ConfigureAwait(false);
            return;
        }

        var statement = new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", RawValue.Uuid(ticket.Session) } }
            },
            {
                "u",
                new DocumentBuilder
                {
                    {
                        "$set",
                        new DocumentBuilder { { "number", ticket.TransactionNumber } }
                    },
                }
            },
            { "upsert", true },
        };
        _ = await UpdateAsync(ReservedNames.Fences, statement.Build(), ticket, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The number that was written last as a fence in a session: the lowest of those of all shards; 0 if one has none.</summary>
    internal async Task<long> ReadFenceAsync(Guid session, CancellationToken cancellationToken)
    {
        var ids = channel.IsRouted
            ? await fences.IdsAsync(session, cancellationToken).ConfigureAwait(false)
            : [RawValue.Uuid(session)];
        var query = new DocumentBuilder
        {
            {
                "_id",
                new DocumentBuilder { { "$in", RawValue.Array(ids) } }
            },
        };
        var found = await FindAsync(ReservedNames.Fences, query.Build(), cancellationToken).ConfigureAwait(false);
        return found.Count < ids.Count ? 0 : found.Min(one => one["number"].AsInt64);
    }

    /// <summary>The reserved database is dropped.</summary>
    internal void Forget() => fences.Forget();

    private Task<List<RawDocument>> FindAsync(
        string collection,
        RawDocument query,
        CancellationToken cancellationToken
    ) =>
        CursorReader.ListAsync(
            channel,
            Stage.Checkpoint,
            database,
            new()
            {
                { "find", collection },
                { "filter", query },
                { "batchSize", CursorReader.BatchCountMax },
                {
                    "readConcern",
                    new DocumentBuilder { { "level", "majority" } }
                },
            },
            cancellationToken
        );

    private async Task<RawDocument> UpdateAsync(
        string collection,
        RawDocument statement,
        WriteTicket ticket,
        CancellationToken cancellationToken
    )
    {
        var command = new DocumentBuilder { { "update", collection }, { "updates", RawValue.Array([statement]) } };
        var reply = await channel
            .AskAsync(
                Stage.Checkpoint,
                database,
                WriteSender.AddSession(command, ticket).Add("writeConcern", WriteConcerns.Majority),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (
            reply["writeErrors"] is { Type: BsonType.Array } errors
            && errors.AsDocument.First().Value.AsDocument is var error
            && error["code"].ToInt64() != ServerCodes.DuplicateKey
        )
        {
            throw FaultTranslator.FromError(channel.Side, Stage.Checkpoint, error, isTransient: false);
        }

        return reply;
    }
}
