using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Catalogues;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Sharding;
using Godwit.Engine.Mongo.Writing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo;

/// <summary>The destination: written to in named sessions, its catalogue shaped, all progress kept in its reserved database.</summary>
internal sealed class MongoDestination : MongoCluster, IDestinationCluster
{
    private readonly WriteSender writes;
    private readonly TransactionSender transactions;
    private readonly ReservedStore reserved;
    private readonly Definitions definitions;

    internal MongoDestination(MongoAddress address, TimeProvider time, IReadOnlySet<string>? pretendedMissing = null)
        : base(address, Side.Destination, time, pretendedMissing)
    {
        writes = new(Channel, () => Capabilities);
        transactions = new(Channel, writes);
        reserved = new(Channel);
        definitions = new(Channel);
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
        await definitions.DropDatabaseAsync(ReservedNames.Database, cancellationToken).ConfigureAwait(false);
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
