using Godwit.Bson;
using Godwit.Engine.Preflight;

namespace Godwit.Engine.Ports;

/// <summary>
/// What the engine needs of the destination beyond reading. Everything waits for majority. Definition commands carry the UUID of
/// the address; 361 comes back as a fault of kind <c>Moved</c>.
/// </summary>
internal interface IDestinationCluster : ICluster
{
    /// <summary>The database that holds this migration's progress.</summary>
    string ReservedDatabase { get; }

    /// <summary>Every migration that is recorded on the destination, this one too (S32).</summary>
    Task<IReadOnlyList<RecordedMigration>> ListMigrationsAsync(CancellationToken cancellationToken);

    /// <summary>Sends a write. A transient fault means: perhaps executed; the same ticket may be sent again (S14, S17).</summary>
    Task<WriteOutcome> WriteAsync(WriteTicket ticket, WriteCommand command, CancellationToken cancellationToken);

    /// <summary>Executes the commands, in order, in one transaction of the ticket's session and number (S13, S15).</summary>
    Task<WriteOutcome> WriteInTransactionAsync(
        WriteTicket ticket,
        IReadOnlyList<WriteCommand> commands,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Writes the ticket's number in its session, on every shard, changing something: nothing with a lower number executes
    /// afterwards (S17). Waits for a running statement of the session.
    /// </summary>
    Task FenceAsync(WriteTicket ticket, CancellationToken cancellationToken);

    /// <summary>
    /// The number that <see cref="FenceAsync"/> has written last in a session, on that shard of those there are now which has the lowest;
    /// 0 if one has none. With majority.
    /// </summary>
    Task<long> ReadFenceAsync(Guid session, CancellationToken cancellationToken);

    /// <summary>
    /// Of each of these collections of a sharded cluster, a text that is another one after any part of it was moved to another shard, and
    /// never an earlier one again. With majority.
    /// </summary>
    Task<IReadOnlyList<string>> ReadPlacementsAsync(
        IReadOnlyList<CollectionAddress> collections,
        CancellationToken cancellationToken
    );

    /// <summary>Reads all documents of a collection of the reserved database, with majority; none if it does not exist.</summary>
    Task<IReadOnlyList<RawDocument>> ReadReservedAsync(string collection, CancellationToken cancellationToken);

    /// <summary>
    /// Updates one document of the reserved database by <c>q</c>, <c>u</c>, <c>upsert</c> of the statement, with majority and without a
    /// ticket: the compare-and-swap that takes an epoch. Returns whether it matched or inserted; a duplicate key is "no".
    /// </summary>
    Task<bool> SwapReservedAsync(string collection, RawDocument statement, CancellationToken cancellationToken);

    /// <summary>Drops the reserved database.</summary>
    Task DropReservedAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Gives a database that is not there yet its primary shard: the one that is that of fewest, so that databases spread. A replica
    /// set has nothing to choose.
    /// </summary>
    Task PlaceDatabaseAsync(string database, CancellationToken cancellationToken);

    /// <summary>Creates a collection or view; <paramref name="options"/> as <c>create</c> takes them. Returns its UUID (empty for a view).</summary>
    Task<Guid> CreateCollectionAsync(Namespace name, RawDocument options, CancellationToken cancellationToken);

    /// <summary>Creates indexes; existing equal ones are no error.</summary>
    Task CreateIndexesAsync(
        CollectionAddress collection,
        IReadOnlyList<RawDocument> indexes,
        CancellationToken cancellationToken
    );

    /// <summary>Drops an index by name; an absent one is no error.</summary>
    Task DropIndexAsync(CollectionAddress collection, string index, CancellationToken cancellationToken);

    /// <summary>Runs <c>collMod</c> with the given fields after its first.</summary>
    Task ModifyCollectionAsync(
        CollectionAddress collection,
        RawDocument modification,
        CancellationToken cancellationToken
    );

    /// <summary>Renames a collection within or across databases.</summary>
    Task RenameCollectionAsync(
        CollectionAddress collection,
        Namespace newName,
        bool dropTarget,
        CancellationToken cancellationToken
    );

    /// <summary>Drops a collection or view; an absent one is no error.</summary>
    Task DropCollectionAsync(CollectionAddress collection, CancellationToken cancellationToken);

    /// <summary>
    /// Shards a collection, and spreads its chunks over the shards where it is empty and the server does not do so itself. Done again it
    /// goes on where it was.
    /// </summary>
    /// <param name="name">The collection; an index that supports the key must be there.</param>
    /// <param name="key">The key.</param>
    /// <param name="bounds">Keys that cut it into parts of about the same size, ascending; few of them are used.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task ShardCollectionAsync(
        Namespace name,
        ShardKey key,
        IReadOnlyList<RawDocument> bounds,
        CancellationToken cancellationToken
    );

    /// <summary>Adds fields to a collection's shard key.</summary>
    Task RefineShardKeyAsync(Namespace name, RawDocument pattern, CancellationToken cancellationToken);

    /// <summary>Puts a shard in a zone; one that is in it already is no error.</summary>
    Task AddShardToZoneAsync(string shard, string zone, CancellationToken cancellationToken);

    /// <summary>Gives a range of keys to a zone that has a shard.</summary>
    Task SetZoneRangeAsync(ZoneRange range, CancellationToken cancellationToken);
}
