using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>A source collection, what stands for it on the destination, and how far its ranges are (S1).</summary>
internal sealed class FollowedCollection(CollectionDescription source, CollectionAddress destination) : IDisposable
{
    private const long ReadBytes = 16 * 1024 * 1024;
    private const int KeysPerReadMax = 1_000;
    private const int KeysPerReadUnknown = 100;
    private readonly CancellationTokenSource gone = new();
    private long documentsCopied;
    private long bytesCopied;
    private int copiers;

    internal Guid Uuid => Source.Uuid;

    /// <summary>As last listed; the name may change, the UUID never.</summary>
    internal CollectionDescription Source { get; private set; } = source;

    internal CollectionAddress Destination { get; private set; } = destination;

    /// <summary>Its ranges; <see langword="null"/> until they are planned, which means the same as all pending.</summary>
    internal RangeTable? Ranges { get; set; }

    /// <summary>Size when its ranges were planned.</summary>
    internal CollectionSize Estimate { get; set; }

    /// <summary>About how large a document is; 0 while that is not known.</summary>
    internal long DocumentBytes => Estimate.Documents == 0 ? 0 : Math.Max(1, Estimate.Bytes / Estimate.Documents);

    /// <summary>How many documents to read at once by <c>_id</c>, so that they fit in a reply or two.</summary>
    internal int KeysPerRead =>
        DocumentBytes == 0 ? KeysPerReadUnknown : (int)Math.Clamp(ReadBytes / DocumentBytes, 1, KeysPerReadMax);

    /// <summary>What this life has written.</summary>
    internal CollectionSize Copied => new(Interlocked.Read(ref documentsCopied), Interlocked.Read(ref bytesCopied));

    /// <summary>What was there already: written by an earlier life, or found as it should be.</summary>
    internal CollectionSize Kept { get; set; }

    /// <summary>
    /// When it was seen finished: what filled it without events came before (S1a), so it is read no earlier than this.
    /// </summary>
    internal ClusterTime SeenAt { get; init; }

    /// <summary>Whether the source got it while this life ran.</summary>
    internal bool IsLatecomer { get; init; }

    /// <summary>Whether an earlier life may have written to it already.</summary>
    internal bool MayHoldLeftovers { get; init; }

    /// <summary>What either side can only read in passing, if it is capped.</summary>
    internal PassingReads Passing { get; init; }

    /// <summary>Whether the source, or the destination, can read it only in passing: not as of one time (S8).</summary>
    internal bool IsReadInPassing => IsCapped && (Passing.Source || Passing.Destination);

    /// <summary>Whether the source can read it only in passing.</summary>
    internal bool IsSourcePassing => IsCapped && Passing.Source;

    /// <summary>
    /// Whether it is copied as a whole in natural order, though that is no content, and cut into ranges afterwards (S8).
    /// </summary>
    internal bool IsCopiedInNaturalOrder { get; set; }

    /// <summary>Where it is cut once it is copied as a whole.</summary>
    internal IReadOnlyList<RangeBound> PartBounds { get; set; } = [];

    /// <summary>How often its copy was begun anew because what had been read last was gone before the next was.</summary>
    internal int PositionsLost { get; set; }

    /// <summary>Natural order is content: one range, one lane, one copier (S30).</summary>
    internal bool IsCapped => IsCappedIn(Source);

    /// <summary>
    /// Natural order is content, and where strings compare by a collation, bounds and lanes by bytes would be wrong: one range and one
    /// lane then (S2, S30). Asked for every event, so looked up once a listing.
    /// </summary>
    internal bool HasOneLane { get; private set; } = NeedsOneLane(source);

    /// <summary>
    /// Fields that lead to its documents on the destination besides <c>_id</c>, as paths: those of its shard key. None where it is not
    /// sharded there, or by <c>_id</c> alone (S13).
    /// </summary>
    internal ShardKeyPaths KeyPaths { get; private set; } = ShardKeyPaths.Of(source);

    /// <summary>Set when the source collection is gone: copies of it stop.</summary>
    internal CancellationToken Gone => gone.Token;

    /// <summary>Whether the source collection is gone.</summary>
    internal bool IsGone { get; private set; }

    internal bool IsCopied => Ranges?.IsCopied == true;

    /// <summary>Whether a copier is at work on it, or has yet to fence off what it had sent.</summary>
    internal bool IsBeingCopied => Volatile.Read(ref copiers) > 0;

    internal void BeginCopy() => Interlocked.Increment(ref copiers);

    internal void EndCopy() => Interlocked.Decrement(ref copiers);

    internal KeyHash Hash(ReadOnlySpan<byte> key) => KeyHash.Of(Uuid, key);

    internal int Lane(KeyHash key, int lanes) => HasOneLane ? KeyHash.Of(Uuid, default).Lane(lanes) : key.Lane(lanes);

    internal static byte[] KeyOf(RawValue id) => KeyString.Encode(id);

    internal void Relist(CollectionDescription listed)
    {
        Source = listed;
        HasOneLane = NeedsOneLane(listed);
        KeyPaths = ShardKeyPaths.Of(listed);
        Destination = Destination with { Name = listed.Name };
    }

    internal void AddCopied(CollectionSize size)
    {
        _ = Interlocked.Add(ref documentsCopied, size.Documents);
        _ = Interlocked.Add(ref bytesCopied, size.Bytes);
    }

    internal void Leave()
    {
        IsGone = true;
        gone.Cancel();
    }

    /// <summary>Whether that range is the whole of it and is copied in natural order, as of an interval (S8).</summary>
    internal bool IsNatural(CopyRange range) => IsCopiedInNaturalOrder && range.IsWhole;

    /// <summary>
    /// A range is copied: one that was copied in natural order is cut into ranges of <c>_id</c>, so that it is saved and compared in
    /// pieces like every other. The ranges that it is now.
    /// </summary>
    internal IReadOnlyList<CopyRange> Part(CopyRange range)
    {
        if (!IsNatural(range))
        {
            return [range];
        }

        Ranges!.Part(PartBounds);
        var parts = Ranges.Ranges;
        var share = new CollectionSize(range.Size.Documents / parts.Count, range.Size.Bytes / parts.Count);
        var rest = new CollectionSize(range.Size.Documents % parts.Count, range.Size.Bytes % parts.Count);
        foreach (var part in parts)
        {
            part.Size = part == range ? share.Plus(rest) : share;
        }

        return parts;
    }

    /// <summary>How one of its ranges is read on the source in order to be copied.</summary>
    internal RangeRead ReadToCopy(CopyRange range, ClusterTime at) =>
        IsNatural(range) ? ReadOf(range, at) with { Order = ReadOrder.Passing } : ReadOf(range, at);

    /// <summary>How one of its ranges is read on the source at a time.</summary>
    internal RangeRead ReadOf(CopyRange range, ClusterTime at) =>
        new(Source.Address, at, range.Lower.Id, range.Upper.Id, OrderOf(Passing.Source), DocumentBytes: DocumentBytes);

    /// <summary>How the same range is read on the destination.</summary>
    internal RangeRead ReadOfCopy(CopyRange range, ClusterTime at) =>
        ReadOf(range, at) with
        {
            Collection = Destination,
            Order = OrderOf(Passing.Destination),
        };

    /// <summary>How documents of it are read by key on the source.</summary>
    internal KeyRead ReadOf(IReadOnlyList<RawValue> ids, ClusterTime at) =>
        new(Source.Address, at, ids) { IsPassing = IsSourcePassing };

    public void Dispose() => gone.Dispose();

    private ReadOrder OrderOf(bool isPassing) =>
        !IsCapped ? ReadOrder.ById
        : isPassing ? ReadOrder.Passing
        : ReadOrder.Natural;

    internal static bool IsCappedIn(CollectionDescription listed) => listed.Options["capped"].IsTruthy();

    /// <summary>Whether bounds and lanes by bytes would be wrong for it.</summary>
    internal static bool NeedsOneLane(CollectionDescription listed) =>
        IsCappedIn(listed)
        || (
            listed.Options["collation"] is { IsMissing: false } collation
            && !string.Equals(collation.AsDocument["locale"].AsString, "simple", StringComparison.Ordinal)
        );
}
