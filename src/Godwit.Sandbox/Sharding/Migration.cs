using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Moves a chunk to another shard while it is read and written: a copy, what has changed since, and in the end, with every other
/// request kept off the collection for a moment, the last changes and the new owner in the metadata.
/// </summary>
internal sealed class Migration(
    ShardedCluster cluster,
    ShardedCollection collection,
    Chunk chunk,
    ShardServer to,
    bool waitsForDelete = false
)
{
    private const int FewChanges = 20;
    private const int RoundsMax = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ShardServer from = cluster.Shard(chunk.Shard);
    private bool isRecorded;
    private Task moving = Task.CompletedTask;
    private Task removal = Task.CompletedTask;

    /// <summary>Whether nothing of it is under way any more but the removal of what was left behind.</summary>
    internal bool HasEnded => moving.IsCompleted;

    private (Guid Collection, Chunk Range, ShardServer To, bool WaitsForDelete) What =>
        (collection.Uuid, chunk, to, waitsForDelete);

    /// <summary>Whether it is asked for in the very same way.</summary>
    internal bool IsSame(Migration other) =>
        What.Collection == other.What.Collection
        && What.Range.IsSame(other.What.Range)
        && (What.To, What.WaitsForDelete) == (other.What.To, other.What.WaitsForDelete);

    /// <summary>Whether both move some of the same documents.</summary>
    internal bool Overlaps(Migration other) =>
        What.Collection == other.What.Collection && What.Range.Overlaps(other.What.Range);

    /// <inheritdoc/>
    public override string ToString() =>
        $"'min: {chunk.Minimum} - max: {chunk.Maximum}' for namespace {collection.Namespace} to shard {to.Name}";

    /// <summary>
    /// Moves it; where asked, waits until the old owner has removed its documents. Whoever waits may go: the move goes on.
    /// </summary>
    internal async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        if (!collection.AllowsMigrations)
        {
            throw new CommandException(
                ErrorCode.ConflictingOperationInProgress,
                "Collection is undergoing changes so moveChunk is not allowed."
            );
        }

        var active = cluster.Migrations.Begin(this);
        await active.moving.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (waitsForDelete)
        {
            await active.removal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Begins to move; called when no other move of these documents is under way.</summary>
    internal void Begin() =>
        moving = cluster.Ongoing.Begin(async stopping =>
        {
            await CheckOrphansAsync(stopping).ConfigureAwait(false);
            // The metadata are those of before the wait: a chunk that has been moved since would be cleared where it lies.
            _ = Newest();
            removal = await MoveAsync(stopping).ConfigureAwait(false);
        });

    /// <summary>Refuses to bring a range to a shard that still holds what it had of it before.</summary>
    internal ValueTask CheckOrphansAsync(CancellationToken cancellationToken) =>
        cluster.Deletions.CheckAsync(to.Name, collection.Uuid, chunk, cancellationToken);

    /// <summary>Moves it and gives the removal of what is left behind.</summary>
    private async Task<Task> MoveAsync(CancellationToken cancellationToken)
    {
        var model =
            await CollectionDefinition.FindAsync(from, collection.Namespace, cancellationToken).ConfigureAwait(false)
            ?? throw new CommandException(
                ErrorCode.NamespaceNotFound,
                $"collection {collection.Namespace} is not on {from.Name}"
            );
        await LogAsync("moveChunk.start", RawValue.Missing, cancellationToken).ConfigureAwait(false);
        var leaving = Deletion(from) with { IsDelayed = !waitsForDelete };
        _ = await cluster.Deletions.ExpectAsync(leaving, cancellationToken).ConfigureAwait(false);
        var arriving = Deletion(to) with { Id = leaving.Id };
        var copy = new RangeCopy(collection, chunk, from, to);
        try
        {
            _ = await cluster.Deletions.ExpectAsync(arriving, cancellationToken).ConfigureAwait(false);
            await CollectionDefinition
                .EnsureAsync(to, model, collection.Uuid, isHidden: true, cancellationToken)
                .ConfigureAwait(false);
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
            cluster.Deletions.Forget(leaving);
            _ = cluster.Deletions.Release(arriving, copy.Cloned);
            await LogAsync("moveChunk.error", RawValue.Missing, cancellationToken).ConfigureAwait(false);
            throw;
        }

        cluster.Deletions.Forget(arriving);
        var removal = cluster.Deletions.Release(leaving, copy.Cloned);
        await LogAsync("moveChunk.commit", copy.Counts, cancellationToken).ConfigureAwait(false);
        return removal;
    }

    private RangeDeletion Deletion(ShardServer holder) =>
        new()
        {
            Id = RawValue.Uuid(Guid.NewGuid()),
            Shard = holder.Name,
            Donor = from.Name,
            Namespace = collection.Namespace,
            Collection = collection.Uuid,
            Key = collection.Key,
            Range = chunk,
        };

    /// <summary>Tells it in <c>config.changelog</c> (migration_source_manager.cpp).</summary>
    private ValueTask LogAsync(string what, RawValue counts, CancellationToken cancellationToken)
    {
        var details = new DocumentBuilder
        {
            { "min", chunk.Minimum },
            { "max", chunk.Maximum },
            { "from", from.Name },
            { "to", to.Name },
            { "counts", counts },
        };
        return ChangeLog.WriteAsync(
            cluster,
            what,
            collection.Namespace.ToString(),
            details.Build(),
            from.Name,
            cancellationToken
        );
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
            _ = Newest();
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
                    var newest = Newest();
                    var major = newest.Version.Seconds + 1;
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
                    if (newest.Chunks.FirstOrDefault(IsOther) is { } left)
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

    /// <summary>The collection as it is now, as long as the chunk is what it was: others may be cut or moved meanwhile.</summary>
    private ShardedCollection Newest() =>
        cluster.Table.Find(collection.Namespace) is { } newest
        && newest.Uuid == collection.Uuid
        && newest.Chunks.Any(chunk.IsSame)
            ? newest
            : throw new CommandException(
                ErrorCode.ConflictingOperationInProgress,
                $"a chunk of {collection.Namespace} was changed while it was moved"
            );

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
