using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Writing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>
/// The fence collection of a sharded destination (S17): a session's numbers are kept by each shard for itself, so a fence has to be
/// written on every one. The collection is sharded by the shards' names, each name's chunk on the shard of that name; where the chunks
/// are is looked up after every fence, so that one moved meanwhile, or a new shard, is never taken for fenced.
/// </summary>
internal sealed class Fences(CommandChannel channel, string database)
{
    private const string ShardField = "shard";
    private static readonly ShardKey Key = new(new DocumentBuilder { { ShardField, 1 } }.Build(), IsUnique: false);
    private readonly Namespace name = new(database, ReservedNames.Fences);
    private readonly SemaphoreSlim laying = new(1);
    private volatile IReadOnlyList<string>? laidOut;

    /// <summary>Writes the ticket's number on every shard, in one command whose statements the router hands out.</summary>
    internal async Task WriteAsync(WriteTicket ticket, CancellationToken cancellationToken)
    {
        var shards = laidOut ?? await LayOutAsync(cancellationToken).ConfigureAwait(false);
        var command = new DocumentBuilder
        {
            { "update", name.Collection },
            { "ordered", false },
            { "updates", RawValue.Array(shards.Select(shard => RawValue.Document(Statement(shard, ticket)))) },
        };
        var reply = await channel
            .AskAsync(
                Stage.Checkpoint,
                name.Database,
                WriteSender.AddSession(command, ticket).Add("writeConcern", WriteConcerns.Majority),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (reply["writeErrors"] is { Type: BsonType.Array } errors && !errors.AsDocument.IsEmpty)
        {
            throw FaultTranslator.FromError(
                channel.Side,
                Stage.Checkpoint,
                errors.AsDocument.First().Value.AsDocument,
                isTransient: false
            );
        }

        if (await FindMisplacedAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } misplaced)
        {
            laidOut = null;
            throw new ClusterException(
                channel.Side,
                Stage.Checkpoint,
                FaultKind.Transient,
                $"the fence was not written on {string.Join(", ", misplaced)}: its chunk is elsewhere"
            );
        }
    }

    /// <summary>The <c>_id</c>s of a session's fences, one for each shard there is.</summary>
    internal async Task<IReadOnlyList<RawValue>> IdsAsync(Guid session, CancellationToken cancellationToken)
    {
        var shards = await ShardMap.ReadShardsAsync(channel, cancellationToken).ConfigureAwait(false);
        return [.. shards.Select(shard => (RawValue)IdOf(session, shard.Name))];
    }

    /// <summary>The reserved database is gone, and the layout with it.</summary>
    internal void Forget() => laidOut = null;

    private static string IdOf(Guid session, string shard) => $"{session}/{shard}";

    private static RawDocument Statement(string shard, WriteTicket ticket) =>
        new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", IdOf(ticket.Session, shard) }, { ShardField, shard } }
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
        }.Build();

    private async Task<IReadOnlyList<string>> LayOutAsync(CancellationToken cancellationToken)
    {
        await laying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (laidOut is { } done)
            {
                return done;
            }

            var collections = await ShardMap
                .ReadCollectionsAsync(channel, name.Database, cancellationToken)
                .ConfigureAwait(false);
            if (!collections.ContainsKey(name.ToString()))
            {
                await Chunks.ShardAsync(channel, name, Key, cancellationToken).ConfigureAwait(false);
            }

            var shards = await ShardMap.ReadShardsAsync(channel, cancellationToken).ConfigureAwait(false);
            foreach (var shard in await FindMisplacedAsync(cancellationToken).ConfigureAwait(false))
            {
                var bound = new DocumentBuilder { { ShardField, shard } }.Build();
                await Chunks.SplitAsync(channel, name, bound, cancellationToken).ConfigureAwait(false);
                await Chunks.MoveAsync(channel, name, bound, shard, cancellationToken).ConfigureAwait(false);
            }

            return laidOut = [.. shards.Select(shard => shard.Name)];
        }
        finally
        {
            _ = laying.Release();
        }
    }

    /// <summary>Shards that do not have the chunk of their own name.</summary>
    private async Task<IReadOnlyList<string>> FindMisplacedAsync(CancellationToken cancellationToken)
    {
        var shards = await ShardMap.ReadShardsAsync(channel, cancellationToken).ConfigureAwait(false);
        var collections = await ShardMap
            .ReadCollectionsAsync(channel, name.Database, cancellationToken)
            .ConfigureAwait(false);
        if (!collections.TryGetValue(name.ToString(), out var collection))
        {
            return [.. shards.Select(shard => shard.Name)];
        }

        var chunks = await ShardMap.ReadChunksAsync(channel, collection.Uuid, cancellationToken).ConfigureAwait(false);
        return [.. shards.Where(shard => OwnerOf(shard.Name, chunks) != shard.Name).Select(shard => shard.Name)];
    }

    /// <summary>Where the chunk is that holds a name: the last that begins at or before it. The first begins with the least key.</summary>
    private static string OwnerOf(string shard, IReadOnlyList<ChunkEntry> chunks) =>
        chunks
            .LastOrDefault(chunk =>
                chunk.Minimum[ShardField] is not { Type: BsonType.String } least
                || string.CompareOrdinal(least.AsString, shard) <= 0
            )
            ?.Shard
        ?? "";
}
