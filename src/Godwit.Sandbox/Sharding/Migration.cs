using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Moves a chunk to another shard while it is read and written: a copy, what has changed since, and in the end, with every other
/// request kept off the collection for a moment, the last changes and the new owner in the metadata.
/// </summary>
internal sealed class Migration(ShardedCluster cluster, ShardedCollection collection, Chunk chunk, ShardServer to)
{
    private const int FewChanges = 20;
    private const int RoundsMax = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ShardServer from = cluster.Shard(chunk.Shard);
    private bool isRecorded;

    /// <summary>Moves it; where asked, waits until the old owner has removed its documents.</summary>
    internal async ValueTask RunAsync(bool waitsForDelete, CancellationToken cancellationToken)
    {
        CheckOrphans();
        var model =
            await CollectionDefinition.FindAsync(from, collection.Namespace, cancellationToken).ConfigureAwait(false)
            ?? throw new CommandException(
                ErrorCode.NamespaceNotFound,
                $"collection {collection.Namespace} is not on {from.Name}"
            );
        _ = await CollectionDefinition
            .EnsureAsync(to, model, collection.Uuid, isHidden: true, cancellationToken)
            .ConfigureAwait(false);
        var copy = new RangeCopy(collection, chunk, from, to);
        try
        {
            await copy.CloneAsync(cancellationToken).ConfigureAwait(false);
            for (var round = 0; round < RoundsMax; round++)
            {
                if (await copy.CatchUpAsync(cancellationToken).ConfigureAwait(false) < FewChanges)
                {
                    break;
                }
            }

            await CommitAsync(copy, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException) when (!isRecorded)
        {
            await copy.ClearAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }

        await cluster
            .Deletions.AddAsync(from, collection, chunk, waitsForDelete, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Refuses to bring a range to a shard that still holds what it had of it before.</summary>
    internal void CheckOrphans()
    {
        if (cluster.Deletions.Overlaps(to.Name, collection.Uuid, chunk))
        {
            throw new CommandException(
                ErrorCode.OperationFailed,
                "Command request failed on source shard. :: caused by :: Data transfer error: migrate failed: ExceededTimeLimit: Migration failed because the orphans cleanup routine didn't clear yet a portion of the range being migrated that was previously owned by the recipient shard."
            );
        }
    }

    private async ValueTask CommitAsync(RangeCopy copy, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, cluster.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        IDisposable lease;
        try
        {
            lease = await cluster.Leases.OwnAsync(collection.Namespace, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                ErrorCode.LockTimeout,
                $"could not enter the critical section of {collection.Namespace}: requests or transactions on it did not end"
            );
        }

        using (lease)
        {
            if (cluster.Table.Find(collection.Namespace)?.Version != collection.Version)
            {
                throw new CommandException(
                    ErrorCode.ConflictingOperationInProgress,
                    $"the chunks of {collection.Namespace} were changed while one of them was moved"
                );
            }

            while (await copy.CatchUpAsync(cancellationToken).ConfigureAwait(false) > 0) { }

            await RecordAsync(cancellationToken).ConfigureAwait(false);
            isRecorded = true;
            await TellAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask RecordAsync(CancellationToken cancellationToken) =>
        _ = await cluster
            .ChangeAsync(
                change =>
                {
                    var major = collection.Version.Seconds + 1;
                    change.Put(
                        ConfigNames.Chunks,
                        (
                            chunk with
                            {
                                Shard = to.Name,
                                Version = new(major, 0),
                                History = [(change.Time, to.Name), .. chunk.History],
                            }
                        ).ToDocument(collection.Uuid)
                    );
                    if (collection.Chunks.FirstOrDefault(IsOther) is { } left)
                    {
                        change.Put(
                            ConfigNames.Chunks,
                            (left with { Version = new(major, 1) }).ToDocument(collection.Uuid)
                        );
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    private async ValueTask TellAsync(CancellationToken cancellationToken)
    {
        if (!collection.Chunks.Any(other => other.Shard == to.Name))
        {
            var first = new DocumentBuilder
            {
                { "migrateChunkToNewShard", collection.Namespace.ToString() },
                { "fromShardId", from.Name },
                { "toShardId", to.Name },
            };
            await NoteAsync(first, cancellationToken).ConfigureAwait(false);
        }

        if (!collection.Chunks.Any(IsOther))
        {
            var last = new DocumentBuilder
            {
                { "migrateLastChunkFromShard", collection.Namespace.ToString() },
                { "shardId", from.Name },
            };
            await NoteAsync(last, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask NoteAsync(DocumentBuilder description, CancellationToken cancellationToken) =>
        OplogNote.WriteAsync(from, collection.Namespace, collection.Uuid, description.Build(), cancellationToken);

    private bool IsOther(Chunk other) => other.Shard == from.Name && other.Id != chunk.Id;
}
