using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>Shards a collection: checks what is there, makes what is missing, and enters collection and chunks in the metadata.</summary>
internal sealed class ShardCollection(CommandContext context, Router router, Namespace ns, ShardKeyPattern key)
{
    private readonly bool isUnique = context.Body["unique"].IsTruthy();
    private readonly bool presplits = context.Body["presplitHashedZones"].IsTruthy();

    /// <summary>The <c>timeseries</c> options of the measurements, where the collection has buckets of them.</summary>
    internal RawDocument? Series { get; init; }

    /// <summary>Does it; nothing where the collection is sharded by this key already.</summary>
    internal async ValueTask RunAsync(CancellationToken cancellationToken)
    {
        var primary = await router.EnsureDatabaseAsync(ns.Database, cancellationToken).ConfigureAwait(false);
        using var lease = await router.Cluster.Leases.OwnAsync(ns, cancellationToken).ConfigureAwait(false);
        if (router.Table.Find(ns) is { IsUnsplittable: false } known)
        {
            CheckSame(known);
            return;
        }

        await UserWrites.CheckAsync(context, primary, cancellationToken).ConfigureAwait(false);
        var isEmpty = await PrepareAsync(primary, cancellationToken).ConfigureAwait(false);
        var collection = (await CollectionDefinition.FindAsync(primary, ns, cancellationToken).ConfigureAwait(false))!;
        await RecordAsync(primary, collection, isEmpty, cancellationToken).ConfigureAwait(false);
        var description = new DocumentBuilder
        {
            { "shardCollection", ns.ToString() },
            { "shardKey", key.Source },
            { "unique", isUnique },
            { "presplitHashedZones", presplits },
            { "capped", context.Member.Profile.Version.Major >= 8 ? false : RawValue.Missing },
        };
        await OplogNote
            .WriteAsync(primary, ns, collection.Uuid, description.Build(), cancellationToken)
            .ConfigureAwait(false);
    }

    private void CheckSame(ShardedCollection known)
    {
        if (known.Key.Source != key.Source || known.IsUnique != isUnique)
        {
            throw new CommandException(
                ErrorCode.AlreadyInitialized,
                $"Collection '{ns}' already exists with a differnt shard key. Requested {key.Source} but found {known.Key.Source}"
            );
        }
    }

    /// <summary>Makes collection and index where they are missing; says whether there are no documents.</summary>
    private async ValueTask<bool> PrepareAsync(ShardServer primary, CancellationToken cancellationToken)
    {
        var collection = await CollectionDefinition.FindAsync(primary, ns, cancellationToken).ConfigureAwait(false);
        ShardCollectionRules.Check(ns, collection, context.Arguments.Document("collation"));
        if (collection is null)
        {
            await SendAsync(primary, new() { { "create", ns.Collection } }, cancellationToken).ConfigureAwait(false);
            collection = await CollectionDefinition.FindAsync(primary, ns, cancellationToken).ConfigureAwait(false);
        }

        var size = await SizeOf.AskAsync(primary, collection!.Uuid, cancellationToken).ConfigureAwait(false);
        var isEmpty = size.Records == 0;
        var index = ShardCollectionRules.CheckIndexes(ns, collection!, key, isUnique, isEmpty);
        if (index is { } missing)
        {
            await SendAsync(
                    primary,
                    new() { { "createIndexes", ns.Collection }, { "indexes", new ArrayBuilder { missing }.Build() } },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        return isEmpty;
    }

    private async ValueTask SendAsync(ShardServer primary, DocumentBuilder command, CancellationToken cancellationToken)
    {
        var body = command.Add("writeConcern", new DocumentBuilder { { "w", "majority" } }).Build();
        var (_, reply) = await router
            .SendAsync(context, primary, new(body, ns.Database), cancellationToken)
            .ConfigureAwait(false);
        CommandBody.Check(reply);
    }

    private async ValueTask RecordAsync(
        ShardServer primary,
        CollectionInfo collection,
        bool isEmpty,
        CancellationToken cancellationToken
    )
    {
        var isOld = context.Member.Profile.Version.Major < 8;
        var zones = await ZoneCommands.ReadAsync(router.Cluster, ns, key, cancellationToken).ConfigureAwait(false);
        var initial = new InitialChunks(router.Cluster, key, zones, primary.Name, isEmpty)
        {
            CountPerShard = isOld ? 2 : 1,
            Count = isOld ? (int?)context.Arguments.Number("numInitialChunks") : null,
            Presplits = presplits,
        };
        foreach (var shard in initial.Make(ClusterTime.Zero).Select(chunk => chunk.Shard).Distinct().ToList())
        {
            if (shard != primary.Name)
            {
                await CollectionDefinition
                    .EnsureAsync(
                        router.Cluster.Shard(shard),
                        collection,
                        collection.Uuid,
                        isHidden: true,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            }
        }

        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    var time = change.Time;
                    var chunks = initial.Make(time);
                    change.Remove(ConfigNames.Chunks, chunk => chunk["uuid"].AsUuid == collection.Uuid);
                    change.Put(ConfigNames.Collections, Entry(collection, time));
                    foreach (var chunk in chunks)
                    {
                        change.Put(ConfigNames.Chunks, chunk.ToDocument(collection.Uuid));
                    }

                    ChangeLog.Add(
                        change,
                        "shardCollection.end",
                        ns.ToString(),
                        new DocumentBuilder
                        {
                            { "version", $"{chunks[^1].Version}" },
                            { "numChunks", chunks.Count },
                        }.Build(),
                        primary.Name
                    );
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private RawDocument Entry(CollectionInfo collection, ClusterTime time) =>
        new DocumentBuilder
        {
            { "_id", ns.ToString() },
            { "lastmodEpoch", ObjectIds.New(router.Cluster.Time) },
            { "lastmod", RawValue.DateTime(router.Cluster.Time.GetUtcNow()) },
            { "timestamp", time },
            { "uuid", RawValue.Uuid(collection.Uuid) },
            { "key", key.Source },
            { "defaultCollation", collection.Options["collation"] },
            { "unique", isUnique },
            { "noBalance", false },
            { "timeseriesFields", Series ?? RawValue.Missing },
        }.Build();
}
