using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Catalogues;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Mongo.Sharding;
using Godwit.Engine.Mongo.Writing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo;

/// <summary>
/// What both sides share: the driver's monitors find the primary, commands and data go over the engine's own connections.
/// </summary>
internal abstract class MongoCluster : ICluster
{
    private readonly PrimaryFinder primary;
    private readonly ConnectionPool pool;
    private readonly CapabilityProbe probe;
    private string? clusterId;

    private protected MongoCluster(
        MongoAddress address,
        Side side,
        TimeProvider time,
        IReadOnlySet<string>? pretendedMissing
    )
    {
        primary = new(address, side, time);
        pool = new(address.ConnectionSettings, primary);
        Channel = new(side, pool, new());
        probe = new(Channel, pretendedMissing ?? new HashSet<string>());
    }

    private protected CommandChannel Channel { get; }

    /// <summary>What was found by <see cref="ProbeAsync"/>; before it, nothing.</summary>
    private protected ClusterCapabilities Capabilities { get; private set; } = CapabilityProbe.None;

    public async Task<ClusterIdentity> IdentifyAsync(CancellationToken cancellationToken)
    {
        var hello = await AskAsync(new() { { "hello", 1 } }, cancellationToken).ConfigureAwait(false);
        if (Channel.IsRouted)
        {
            return new(
                "",
                clusterId ??= await ShardMap.ReadClusterIdAsync(Channel, cancellationToken).ConfigureAwait(false),
                Term: 0,
                await ReadVersionAsync(cancellationToken).ConfigureAwait(false),
                WriteSender.OperationTime(hello),
                IsSharded: true
            );
        }

        var (id, term) = await SetHistory.ReadAsync(Channel, hello, cancellationToken).ConfigureAwait(false);
        return new(
            hello["setName"] is { Type: BsonType.String } name ? name.AsString : "",
            id,
            term,
            await ReadVersionAsync(cancellationToken).ConfigureAwait(false),
            WriteSender.OperationTime(hello)
        );
    }

    public async Task<ClusterCapabilities> ProbeAsync(CancellationToken cancellationToken)
    {
        var version = await ReadVersionAsync(cancellationToken).ConfigureAwait(false);
        Capabilities = await probe.RunAsync(version, cancellationToken).ConfigureAwait(false);
        return Capabilities;
    }

    public Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken) =>
        CatalogueReader.ReadAsync(Channel, database, cancellationToken);

    public Task<CollectionSize> MeasureAsync(CollectionAddress collection, CancellationToken cancellationToken) =>
        RangeSplitter.MeasureAsync(Channel, collection, cancellationToken);

    public Task<IReadOnlyList<RawValue>> SplitAsync(
        CollectionAddress collection,
        long rangeBytes,
        CancellationToken cancellationToken
    ) => RangeSplitter.SplitAsync(Channel, collection, rangeBytes, cancellationToken);

    public IAsyncEnumerable<DocumentBatch> ReadRangeAsync(RangeRead read, CancellationToken cancellationToken) =>
        SnapshotReads.ReadRangeAsync(Channel, read, cancellationToken);

    public Task<DocumentBatch> ReadDocumentsAsync(KeyRead read, CancellationToken cancellationToken) =>
        SnapshotReads.ReadDocumentsAsync(Channel, read, cancellationToken);

    public Task<IChangeStream> OpenChangesAsync(ChangeStreamRequest request, CancellationToken cancellationToken) =>
        ChangeStream.OpenAsync(Channel, request, Capabilities, cancellationToken);

    public async Task<ClusterTime> AppendNoteAsync(string text, CancellationToken cancellationToken)
    {
        var note = new DocumentBuilder
        {
            { "appendOplogNote", 1 },
            {
                "data",
                new DocumentBuilder { { "msg", text } }
            },
            { "writeConcern", WriteConcerns.Majority },
        };
        var reply = await Channel.AskAsync(Stage.Cutover, "admin", note, cancellationToken).ConfigureAwait(false);
        return WriteSender.OperationTime(reply);
    }

    public async Task SetWriteBlockAsync(bool block, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var command = new DocumentBuilder
        {
            { "setUserWriteBlockMode", 1 },
            { "global", block },
            { "maxTimeMS", (long)timeout.TotalMilliseconds },
        };
        _ = await Channel.AskAsync(Stage.Cutover, "admin", command, cancellationToken).ConfigureAwait(false);
    }

    public async Task<bool> IsBalancerOnAsync(CancellationToken cancellationToken) =>
        await IsRoutedAsync(cancellationToken).ConfigureAwait(false)
        && await Balancer.IsOnAsync(Channel, cancellationToken).ConfigureAwait(false);

    public Task SwitchBalancerAsync(bool isOn, CancellationToken cancellationToken) =>
        Balancer.SwitchAsync(Channel, isOn, cancellationToken);

    public async Task<ZoneMap> ReadZonesAsync(CancellationToken cancellationToken) =>
        await IsRoutedAsync(cancellationToken).ConfigureAwait(false)
            ? await ZoneCommands.ReadAsync(Channel, cancellationToken).ConfigureAwait(false)
            : new([], [], new Dictionary<Namespace, ShardKey>());

    public virtual async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync().ConfigureAwait(false);
        await primary.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether the cluster is a sharded one, asking it if nothing was answered yet.</summary>
    private protected async Task<bool> IsRoutedAsync(CancellationToken cancellationToken)
    {
        if (!Channel.IsRouted)
        {
            _ = await AskAsync(new() { { "ping", 1 } }, cancellationToken).ConfigureAwait(false);
        }

        return Channel.IsRouted;
    }

    private Task<RawDocument> AskAsync(DocumentBuilder command, CancellationToken cancellationToken) =>
        Channel.AskAsync(Stage.Connect, "admin", command, cancellationToken);

    private async Task<Version> ReadVersionAsync(CancellationToken cancellationToken)
    {
        var reply = await AskAsync(new() { { "buildInfo", 1 } }, cancellationToken).ConfigureAwait(false);
        return ServerVersion.Parse(reply["version"].AsString);
    }
}
