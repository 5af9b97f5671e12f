using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Catalogues;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Sharding;
using Godwit.Engine.Mongo.Writing;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Mongo;

/// <summary>The destination: written to in named sessions, its catalogue shaped, all progress kept in its reserved database.</summary>
internal sealed class MongoDestination : MongoCluster, IDestinationCluster
{
    private readonly WriteSender writes;
    private readonly TransactionSender transactions;
    private readonly Writing.ReservedStore reserved;
    private readonly Definitions definitions;

    /// <param name="address">Where it is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pretendedMissing">Facilities that are not looked for.</param>
    /// <param name="migration">Name of the migration, where the destination takes several at once; empty where it takes one (S32).</param>
    internal MongoDestination(
        MongoAddress address,
        TimeProvider time,
        IReadOnlySet<string>? pretendedMissing = null,
        string migration = ""
    )
        : base(address, Side.Destination, time, pretendedMissing)
    {
        ReservedDatabase = ReservedNames.DatabaseOf(migration);
        writes = new(Channel, () => Capabilities);
        transactions = new(Channel, writes);
        reserved = new(Channel, ReservedDatabase);
        definitions = new(Channel);
    }

    public string ReservedDatabase { get; }

    public async Task<IReadOnlyList<RecordedMigration>> ListMigrationsAsync(CancellationToken cancellationToken)
    {
        var databases = await Channel
            .AskAsync(
                Stage.Checkpoint,
                "admin",
                new() { { "listDatabases", 1 }, { "nameOnly", true } },
                cancellationToken
            )
            .ConfigureAwait(false);
        var names = databases["databases"].AsDocument.Values().Select(one => one.AsDocument["name"].AsString);
        var recorded = new List<RecordedMigration>();
        foreach (var database in names.Where(ReservedNames.IsReserved))
        {
            var store = new Writing.ReservedStore(Channel, database);
            var state = await store
                .ReadAsync(Recovery.ReservedStore.Migration, cancellationToken)
                .ConfigureAwait(false);
            var rows = await store
                .ReadAsync(Recovery.ReservedStore.Collections, cancellationToken)
                .ConfigureAwait(false);
            recorded.AddRange(RecordedMigrations.Read(database, state, rows));
        }

        return recorded;
    }

    public Task<WriteOutcome> WriteAsync(
        WriteTicket ticket,
        WriteCommand command,
        CancellationToken cancellationToken
    ) => writes.SendAsync(ticket, command, cancellationToken);

    public Task<WriteOutcome> WriteInTransactionAsync(
        WriteTicket ticket,
        IReadOnlyList<WriteCommand> commands,
        CancellationToken cancellationToken
    ) => transactions.SendAsync(ticket, commands, cancellationToken);

    public Task FenceAsync(WriteTicket ticket, CancellationToken cancellationToken) =>
        reserved.FenceAsync(ticket, cancellationToken);

    public async Task<long> ReadFenceAsync(Guid session, CancellationToken cancellationToken)
    {
        _ = await IsRoutedAsync(cancellationToken).ConfigureAwait(false);
        return await reserved.ReadFenceAsync(session, cancellationToken).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<string>> ReadPlacementsAsync(
        IReadOnlyList<CollectionAddress> collections,
        CancellationToken cancellationToken
    ) => Placements.ReadAsync(Channel, collections, cancellationToken);

    public async Task<IReadOnlyList<RawDocument>> ReadReservedAsync(
        string collection,
        CancellationToken cancellationToken
    ) => await reserved.ReadAsync(collection, cancellationToken).ConfigureAwait(false);

    public Task<bool> SwapReservedAsync(
        string collection,
        RawDocument statement,
        CancellationToken cancellationToken
    ) => reserved.SwapAsync(collection, statement, cancellationToken);

    public async Task DropReservedAsync(CancellationToken cancellationToken)
    {
        await definitions.DropDatabaseAsync(ReservedDatabase, cancellationToken).ConfigureAwait(false);
        reserved.Forget();
    }

    public async Task PlaceDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        if (await IsRoutedAsync(cancellationToken).ConfigureAwait(false))
        {
            await DatabasePlacer.PlaceAsync(Channel, database, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task<Guid> CreateCollectionAsync(Namespace name, RawDocument options, CancellationToken cancellationToken) =>
        definitions.CreateAsync(name, options, cancellationToken);

    public Task CreateIndexesAsync(
        CollectionAddress collection,
        IReadOnlyList<RawDocument> indexes,
        CancellationToken cancellationToken
    ) => definitions.CreateIndexesAsync(collection, indexes, cancellationToken);

    public Task DropIndexAsync(CollectionAddress collection, string index, CancellationToken cancellationToken) =>
        definitions.DropIndexAsync(collection, index, cancellationToken);

    public Task ModifyCollectionAsync(
        CollectionAddress collection,
        RawDocument modification,
        CancellationToken cancellationToken
    ) => definitions.ModifyAsync(collection, modification, cancellationToken);

    public Task RenameCollectionAsync(
        CollectionAddress collection,
        Namespace newName,
        bool dropTarget,
        CancellationToken cancellationToken
    ) => definitions.RenameAsync(collection, newName, dropTarget, cancellationToken);

    public Task DropCollectionAsync(CollectionAddress collection, CancellationToken cancellationToken) =>
        definitions.DropAsync(collection, cancellationToken);

    public Task ShardCollectionAsync(
        Namespace name,
        ShardKey key,
        IReadOnlyList<RawDocument> bounds,
        CancellationToken cancellationToken
    ) => CollectionSharder.ShardAsync(Channel, name, key, bounds, cancellationToken);

    public Task AddShardToZoneAsync(string shard, string zone, CancellationToken cancellationToken) =>
        ZoneCommands.AddShardAsync(Channel, shard, zone, cancellationToken);

    public Task SetZoneRangeAsync(ZoneRange range, CancellationToken cancellationToken) =>
        ZoneCommands.SetRangeAsync(Channel, range, cancellationToken);

    public Task RefineShardKeyAsync(Namespace name, RawDocument pattern, CancellationToken cancellationToken) =>
        Chunks.RefineAsync(Channel, name, pattern, cancellationToken);
}
