using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;

namespace Godwit.Engine.Scoping;

/// <summary>
/// A destination whose databases have other names than on the source: spoken of here by the source's, so that the engine knows one name
/// of each collection. Events keep the destination's own.
/// </summary>
internal sealed class RemappedDestination(IDestinationCluster inner, NamespaceScope scope)
    : ForwardedCluster(inner),
        IDestinationCluster
{
    public string ReservedDatabase => inner.ReservedDatabase;

    public Task<IReadOnlyList<RecordedMigration>> ListMigrationsAsync(CancellationToken cancellationToken) =>
        inner.ListMigrationsAsync(cancellationToken);

    public override async Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken)
    {
        var name = database is null ? null : scope.ToDestination(new(database, "")).Database;
        var listed = await inner.ListCatalogueAsync(name, cancellationToken);
        return listed with
        {
            Collections = [.. listed.Collections.Select(one => one with { Name = scope.ToSource(one.Name) })],
        };
    }

    public override Task<CollectionSize> MeasureAsync(
        CollectionAddress collection,
        CancellationToken cancellationToken
    ) => inner.MeasureAsync(There(collection), cancellationToken);

    public override Task<IReadOnlyList<RawValue>> SplitAsync(
        CollectionAddress collection,
        long rangeBytes,
        CancellationToken cancellationToken
    ) => inner.SplitAsync(There(collection), rangeBytes, cancellationToken);

    public override IAsyncEnumerable<DocumentBatch> ReadRangeAsync(
        RangeRead read,
        CancellationToken cancellationToken
    ) => inner.ReadRangeAsync(read with { Collection = There(read.Collection) }, cancellationToken);

    public override Task<DocumentBatch> ReadDocumentsAsync(KeyRead read, CancellationToken cancellationToken) =>
        inner.ReadDocumentsAsync(read with { Collection = There(read.Collection) }, cancellationToken);

    public Task<WriteOutcome> WriteAsync(
        WriteTicket ticket,
        WriteCommand command,
        CancellationToken cancellationToken
    ) => inner.WriteAsync(ticket, There(command), cancellationToken);

    public Task<WriteOutcome> WriteInTransactionAsync(
        WriteTicket ticket,
        IReadOnlyList<WriteCommand> commands,
        CancellationToken cancellationToken
    ) => inner.WriteInTransactionAsync(ticket, [.. commands.Select(There)], cancellationToken);

    public Task<Guid> CreateCollectionAsync(Namespace name, RawDocument options, CancellationToken cancellationToken) =>
        inner.CreateCollectionAsync(scope.ToDestination(name), options, cancellationToken);

    public Task CreateIndexesAsync(
        CollectionAddress collection,
        IReadOnlyList<RawDocument> indexes,
        CancellationToken cancellationToken
    ) => inner.CreateIndexesAsync(There(collection), indexes, cancellationToken);

    public Task DropIndexAsync(CollectionAddress collection, string index, CancellationToken cancellationToken) =>
        inner.DropIndexAsync(There(collection), index, cancellationToken);

    public Task ModifyCollectionAsync(
        CollectionAddress collection,
        RawDocument modification,
        CancellationToken cancellationToken
    ) => inner.ModifyCollectionAsync(There(collection), modification, cancellationToken);

    public Task RenameCollectionAsync(
        CollectionAddress collection,
        Namespace newName,
        bool dropTarget,
        CancellationToken cancellationToken
    ) => inner.RenameCollectionAsync(There(collection), scope.ToDestination(newName), dropTarget, cancellationToken);

    public Task DropCollectionAsync(CollectionAddress collection, CancellationToken cancellationToken) =>
        inner.DropCollectionAsync(There(collection), cancellationToken);

    public Task ShardCollectionAsync(
        Namespace name,
        ShardKey key,
        IReadOnlyList<RawDocument> bounds,
        CancellationToken cancellationToken
    ) => inner.ShardCollectionAsync(scope.ToDestination(name), key, bounds, cancellationToken);

    public override async Task<ZoneMap> ReadZonesAsync(CancellationToken cancellationToken)
    {
        var all = await inner.ReadZonesAsync(cancellationToken);
        return all with
        {
            Ranges = [.. all.Ranges.Select(one => one with { Collection = scope.ToSource(one.Collection) })],
            Keys = all.Keys.ToDictionary(one => scope.ToSource(one.Key), one => one.Value),
        };
    }

    public Task AddShardToZoneAsync(string shard, string zone, CancellationToken cancellationToken) =>
        inner.AddShardToZoneAsync(shard, zone, cancellationToken);

    public Task SetZoneRangeAsync(ZoneRange range, CancellationToken cancellationToken) =>
        inner.SetZoneRangeAsync(range with { Collection = scope.ToDestination(range.Collection) }, cancellationToken);

    public Task PlaceDatabaseAsync(string database, CancellationToken cancellationToken) =>
        inner.PlaceDatabaseAsync(scope.ToDestination(new(database, "")).Database, cancellationToken);

    public Task RefineShardKeyAsync(Namespace name, RawDocument pattern, CancellationToken cancellationToken) =>
        inner.RefineShardKeyAsync(scope.ToDestination(name), pattern, cancellationToken);

    public Task FenceAsync(WriteTicket ticket, CancellationToken cancellationToken) =>
        inner.FenceAsync(ticket, cancellationToken);

    public Task<long> ReadFenceAsync(Guid session, CancellationToken cancellationToken) =>
        inner.ReadFenceAsync(session, cancellationToken);

    public Task<IReadOnlyList<string>> ReadPlacementsAsync(
        IReadOnlyList<CollectionAddress> collections,
        CancellationToken cancellationToken
    ) => inner.ReadPlacementsAsync([.. collections.Select(There)], cancellationToken);

    public Task<IReadOnlyList<RawDocument>> ReadReservedAsync(string collection, CancellationToken cancellationToken) =>
        inner.ReadReservedAsync(collection, cancellationToken);

    public Task<bool> SwapReservedAsync(
        string collection,
        RawDocument statement,
        CancellationToken cancellationToken
    ) => inner.SwapReservedAsync(collection, statement, cancellationToken);

    public Task DropReservedAsync(CancellationToken cancellationToken) => inner.DropReservedAsync(cancellationToken);

    private CollectionAddress There(CollectionAddress address) =>
        address with
        {
            Name = scope.ToDestination(address.Name),
        };

    private WriteCommand There(WriteCommand command) => command with { Collection = There(command.Collection) };
}
