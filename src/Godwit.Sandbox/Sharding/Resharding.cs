using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Writes a collection anew, by another key or to another shard: a copy under a temporary name and a new identity, which then takes
/// the collection's name. Other requests on the collection wait for as long as that takes. The database's primary shard keeps the
/// collection even where it owns nothing of it: it answers for the catalogue.
/// </summary>
internal sealed class Resharding(Router router, Namespace ns, ShardKeyPattern key)
{
    /// <summary>Documents added to the copy.</summary>
    internal static readonly ShardTask InsertTask = ShardTask.Of("insertResharded", Insert);

    /// <summary>The copy put in the collection's place.</summary>
    internal static readonly ShardTask SwapTask = ShardTask.Of("swapResharded", Swap);

    private readonly ShardedCluster cluster = router.Cluster;
    private readonly Guid uuid = Guid.NewGuid();
    private readonly List<(byte[] Encoded, RawDocument Key, RawDocument Document)> documents = [];

    /// <summary>How many chunks it begins with.</summary>
    internal int ChunkCount { get; init; } = 1;

    /// <summary>The only shard; <see langword="null"/> for all.</summary>
    internal ShardServer? Target { get; init; }

    /// <summary>Whether the collection is not sharded afterwards, only tracked.</summary>
    internal bool IsUnsplittable { get; init; }

    /// <summary>Whether the key promises uniqueness.</summary>
    internal bool IsUnique { get; init; }

    private Namespace Temporary => new(ns.Database, $"system.resharding.{old}");

    private Guid old;

    /// <summary>Does it.</summary>
    internal async ValueTask RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var primary =
            router.PrimaryOf(ns.Database)
            ?? throw new CommandException(ErrorCode.NamespaceNotFound, $"database {ns.Database} not found");
        using var lease = await cluster.Leases.OwnAsync(ns, cancellationToken).ConfigureAwait(false);
        await UserWrites.CheckAsync(context, primary, cancellationToken).ConfigureAwait(false);
        var table = router.Table.Find(ns);
        var sources = table is null ? [primary] : table.Owners().Select(cluster.Shard).ToList();
        var model =
            await CollectionDefinition.FindAsync(sources[0], ns, cancellationToken).ConfigureAwait(false)
            ?? throw new CommandException(ErrorCode.NamespaceNotFound, $"collection {ns} not found");
        if (model.Options.Has("timeseries"))
        {
            throw new CommandException(ErrorCode.NotImplemented, "time-series collections are not written anew");
        }

        old = model.Uuid;
        foreach (var source in sources)
        {
            await ReadAsync(source, table, cancellationToken).ConfigureAwait(false);
        }

        documents.Sort((left, right) => left.Encoded.AsSpan().SequenceCompareTo(right.Encoded));
        IReadOnlyList<ShardServer> targets = Target is { } only
            ? [only]
            : [.. cluster.Shards.Where(shard => shard != primary), primary];
        var chunks = ChunkMath.First(
            key,
            Points(),
            [.. targets.Select(shard => shard.Name)],
            cluster.Clock.Now,
            cluster.Time
        );
        foreach (var target in targets.Union([primary]))
        {
            await CopyAsync(target, model, chunks, cancellationToken).ConfigureAwait(false);
        }

        await TellAsync(primary, table, cancellationToken).ConfigureAwait(false);
        await RecordAsync(model, chunks, cancellationToken).ConfigureAwait(false);
        foreach (var shard in cluster.Shards)
        {
            var stays = shard == primary || chunks.Exists(chunk => chunk.Shard == shard.Name);
            await SwapAsync(shard, stays, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ReadAsync(ShardServer shard, ShardedCollection? table, CancellationToken cancellationToken)
    {
        var found = await WholeCollection.ReadAsync(shard, old, cancellationToken).ConfigureAwait(false);
        documents.AddRange(
            found
                .Where(document => table is not { IsUnsplittable: false } || table.Owns(shard.Name, document, null))
                .Select(document => (key.Encode(key.KeyOf(document)), key.KeyOf(document), document))
        );
    }

    /// <summary>Points that cut the documents into equal parts, each between two different keys.</summary>
    private List<RawDocument> Points()
    {
        if (key.IsHashed && documents.Count < ChunkCount)
        {
            return ChunkMath.HashedPoints(key, ChunkCount);
        }

        var points = new List<(byte[] Encoded, RawDocument Key)>();
        for (var i = 1; i < ChunkCount && documents.Count > 0; i++)
        {
            var (encoded, point, _) = documents[
                Math.Min((documents.Count * i + ChunkCount - 1) / ChunkCount, documents.Count - 1)
            ];
            if (points.Count == 0 || encoded.AsSpan().SequenceCompareTo(points[^1].Encoded) > 0)
            {
                points.Add((encoded, point));
            }
        }

        return [.. points.Select(point => point.Key)];
    }

    private async ValueTask CopyAsync(
        ShardServer target,
        CollectionInfo model,
        List<Chunk> chunks,
        CancellationToken cancellationToken
    )
    {
        var copy = model with { Namespace = Temporary, Indexes = [.. model.Indexes.Where(index => index.IsReady)] };
        await CollectionDefinition
            .EnsureAsync(target, copy, uuid, isHidden: true, cancellationToken)
            .ConfigureAwait(false);
        var own = documents
            .Where(entry => chunks.Find(chunk => chunk.Contains(entry.Encoded))!.Shard == target.Name)
            .Select(entry => entry.Document);
        foreach (var batch in Batches.Of(own))
        {
            _ = await target
                .DoAsync(InsertTask, new() { { "ns", Temporary.ToString() } }, cancellationToken, batch)
                .ConfigureAwait(false);
        }
    }

    private static DocumentBuilder Insert(Member member, TaskInput input)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            using var pass = member.Node.WriteBlock.LetPass();
            using var operation = new WriteOperation(member.Node);
            var target = operation.Find(input.Namespace)!;
            foreach (var document in input.Documents)
            {
                operation.Insert(target, document);
            }

            operation.Commit();
        }

        return [];
    }

    private ValueTask TellAsync(ShardServer primary, ShardedCollection? table, CancellationToken cancellationToken)
    {
        var before = table?.Key.Source ?? new DocumentBuilder { { "_id", 1 } }.Build();
        var description = new DocumentBuilder
        {
            { "reshardCollection", ns.ToString() },
            { "reshardUUID", RawValue.Uuid(uuid) },
            { "shardKey", key.Source },
            { "oldShardKey", before },
            { "unique", IsUnique },
            { "numInitialChunks", (long)ChunkCount },
        };
        return OplogNote.WriteAsync(primary, ns, old, description.Build(), cancellationToken);
    }

    private async ValueTask RecordAsync(
        CollectionInfo model,
        List<Chunk> chunks,
        CancellationToken cancellationToken
    ) =>
        _ = await cluster
            .ChangeAsync(
                change =>
                {
                    var time = change.Time;
                    change.Remove(ConfigNames.Chunks, chunk => chunk["uuid"].AsUuid == old);
                    change.Put(
                        ConfigNames.Collections,
                        new DocumentBuilder
                        {
                            { "_id", ns.ToString() },
                            { "lastmodEpoch", ObjectIds.New(cluster.Time) },
                            { "lastmod", RawValue.DateTime(cluster.Time.GetUtcNow()) },
                            { "timestamp", time },
                            { "uuid", RawValue.Uuid(uuid) },
                            { "key", key.Source },
                            { "defaultCollation", model.Options["collation"] },
                            { "unique", IsUnique },
                            { "noBalance", false },
                            { "unsplittable", IsUnsplittable ? true : RawValue.Missing },
                        }.Build()
                    );
                    foreach (var chunk in chunks)
                    {
                        var valid = chunk with { History = [(time, chunk.Shard)] };
                        change.Put(ConfigNames.Chunks, valid.ToDocument(uuid));
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Gives the copy the collection's name on a shard that keeps it; elsewhere both go.</summary>
    private async ValueTask SwapAsync(ShardServer shard, bool stays, CancellationToken cancellationToken) =>
        _ = await shard
            .DoAsync(
                SwapTask,
                new()
                {
                    { "ns", ns.ToString() },
                    { "temporary", Temporary.ToString() },
                    { "stays", stays },
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    private static DocumentBuilder Swap(Member member, TaskInput input)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            using var pass = member.Node.WriteBlock.LetPass();
            using var operation = new WriteOperation(member.Node) { FromMigrate = true };
            var temporary = Namespace.Parse(input["temporary"].AsString);
            Swap(operation, temporary, input.Namespace, input["stays"].IsTruthy());
            if (operation.Drafts.Count > 0)
            {
                operation.Commit();
            }
        }

        return [];
    }

    private static void Swap(WriteOperation operation, Namespace temporary, Namespace ns, bool stays)
    {
        var (copy, before) = (operation.Find(temporary), operation.Find(ns));
        if (stays && copy is not null)
        {
            CatalogWriter.Rename(operation, copy, ns, stayTemp: false, fromMigrate: true);
            return;
        }

        foreach (var collection in new[] { copy, before }.OfType<CollectionInfo>())
        {
            CatalogWriter.Drop(operation, collection);
        }
    }
}
