using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// The history of a shard in another process: what was fetched of it last. Nothing behind that is known, so the commit point is where
/// that ends.
/// </summary>
internal sealed class RemoteHistory(ShardedCluster cluster, RemoteServer shard, HistoryNeeds needs) : ShardHistory
{
    /// <summary>A shard that is stalled keeps a stream standing, not its client waiting for longer than it said.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(Namespace Namespace, RawDocument Key), RawDocument> elsewhere = [];
    private volatile Window window = Window.Empty;
    private Task fetching = Task.CompletedTask;

    /// <inheritdoc/>
    public override ClusterTime CommitPoint => window.Through;

    /// <inheritdoc/>
    public override ClusterTime LastApplied => ClusterTime.Max(cluster.Clock.Now, window.LastApplied);

    /// <inheritdoc/>
    internal override Task? News => null;

    /// <inheritdoc/>
    internal override IReadOnlyList<(Namespace Namespace, RawDocument Key)> Missing => window.Missing;

    /// <inheritdoc/>
    public override RawDocument? OldestEntry() => window.Oldest;

    /// <inheritdoc/>
    public override IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through) =>
        window
            .Entries.SkipWhile(entry => entry["ts"].AsTimestamp < from)
            .TakeWhile(entry => entry["ts"].AsTimestamp <= through);

    /// <inheritdoc/>
    public override RawDocument? FindEntry(ClusterTime time) =>
        window.Parts.TryGetValue(time, out var part) ? part : null;

    /// <inheritdoc/>
    public override RawDocument? FindCurrent(Namespace ns, RawDocument documentKey)
    {
        var key = (ns, documentKey);
        if (!window.Currents.TryGetValue(key, out var found) && !elsewhere.TryGetValue(key, out found))
        {
            return null;
        }

        return
            cluster.Table.Find(ns) is { IsUnsplittable: false } collection && !collection.Owns(shard.Name, found, null)
            ? null
            : found;
    }

    /// <inheritdoc/>
    public override RawDocument? FindPreImage(Guid collection, ClusterTime time, long index) =>
        window.Images.TryGetValue((collection, time, index), out var image) ? image : null;

    /// <inheritdoc/>
    public override async ValueTask PrepareAsync(ClusterTime from, CancellationToken cancellationToken)
    {
        // One that was left behind by a client whose time was over goes on; it fetched for the same place.
        if (fetching.IsCompleted)
        {
            fetching = FetchAsync(from);
        }

        await fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    internal override async ValueTask LookUpAsync(
        IReadOnlyList<(Namespace Namespace, RawDocument Key)> keys,
        CancellationToken cancellationToken
    )
    {
        elsewhere.Clear();
        var arguments = new DocumentBuilder
        {
            { "documents", RawValue.Array(keys.Select(key => HistoryTasks.Named(key.Namespace, key.Key))) },
        };
        using var deadline = new CancellationTokenSource(Patience, cluster.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        if (await shard.TryDoAsync(HistoryTasks.LookUp, arguments, either.Token).ConfigureAwait(false) is { } found)
        {
            foreach (var (key, document) in Window.CurrentsOf(found))
            {
                elsewhere[key] = document;
            }
        }
    }

    private async Task FetchAsync(ClusterTime from)
    {
        using var deadline = new CancellationTokenSource(Patience, cluster.Time);
        var arguments = new DocumentBuilder
        {
            { "from", from },
            { "current", needs.Current },
            { "preImages", needs.PreImages },
        };
        if (await shard.TryDoAsync(HistoryTasks.Read, arguments, deadline.Token).ConfigureAwait(false) is { } read)
        {
            // Before the stream knows where it begins it has seen nothing.
            var fetched = Window.Of(read);
            window = from == ClusterTime.MaxValue ? fetched with { Through = ClusterTime.Zero } : fetched;
        }
    }

    /// <summary>What was fetched at once.</summary>
    private sealed record Window(
        ClusterTime Through,
        ClusterTime LastApplied,
        RawDocument? Oldest,
        IReadOnlyList<RawDocument> Entries,
        IReadOnlyDictionary<ClusterTime, RawDocument> Parts,
        IReadOnlyDictionary<(Namespace Namespace, RawDocument Key), RawDocument> Currents,
        IReadOnlyDictionary<(Guid Collection, ClusterTime Time, long Index), RawDocument> Images,
        IReadOnlyList<(Namespace Namespace, RawDocument Key)> Missing
    )
    {
        internal static readonly Window Empty = new(
            ClusterTime.Zero,
            ClusterTime.Zero,
            null,
            [],
            new Dictionary<ClusterTime, RawDocument>(),
            new Dictionary<(Namespace, RawDocument), RawDocument>(),
            new Dictionary<(Guid, ClusterTime, long), RawDocument>(),
            []
        );

        internal static Window Of(RawDocument read)
        {
            var parts = new Dictionary<ClusterTime, RawDocument>();
            foreach (var part in Documents(read, "parts"))
            {
                parts[part["ts"].AsTimestamp] = part;
            }

            var images = new Dictionary<(Guid, ClusterTime, long), RawDocument>();
            foreach (var image in Documents(read, "images"))
            {
                images[(image["uuid"].AsUuid, image["time"].AsTimestamp, image["index"].AsInt64)] = image[
                    "document"
                ].AsDocument;
            }

            return new(
                read["through"].AsTimestamp,
                read["lastApplied"].AsTimestamp,
                read["oldest"] is { Type: BsonType.Document } oldest ? oldest.AsDocument : null,
                [.. Documents(read, "entries")],
                parts,
                CurrentsOf(read),
                images,
                [.. Documents(read, "currents").Where(current => !current.Has("document")).Select(KeyOf)]
            );
        }

        internal static Dictionary<(Namespace Namespace, RawDocument Key), RawDocument> CurrentsOf(RawDocument read)
        {
            var currents = new Dictionary<(Namespace, RawDocument), RawDocument>();
            foreach (var current in Documents(read, "currents").Where(current => current.Has("document")))
            {
                currents[KeyOf(current)] = current["document"].AsDocument;
            }

            return currents;
        }

        private static (Namespace, RawDocument) KeyOf(RawDocument current) =>
            (Namespace.Parse(current["ns"].AsString), current["key"].AsDocument);

        private static IEnumerable<RawDocument> Documents(RawDocument read, string field) =>
            read[field].AsDocument.Values().Select(document => document.AsDocument);
    }
}
