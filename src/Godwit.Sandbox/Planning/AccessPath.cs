using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Planning;

/// <summary>Where the records of a query come from.</summary>
internal abstract record AccessPath
{
    /// <summary>The records to look at; no record twice.</summary>
    internal abstract IEnumerable<StoredRecord> Records(CollectionReader reader);

    /// <summary>As <c>planSummary</c> shows it.</summary>
    internal abstract string Summary { get; }

    /// <summary>The index it reads; <see langword="null"/> for the records themselves.</summary>
    internal virtual uint? IndexIdent => null;

    /// <summary>The paths it is made of, or itself.</summary>
    internal virtual IReadOnlyList<AccessPath> Parts => [this];
}

/// <summary>All records in natural order, or against it, from a key on.</summary>
/// <param name="IsForward">The direction.</param>
/// <param name="After">Begins behind this record key.</param>
internal sealed record CollectionScan(bool IsForward = true, byte[]? After = null) : AccessPath
{
    /// <inheritdoc/>
    internal override IEnumerable<StoredRecord> Records(CollectionReader reader) => reader.Scan(IsForward, After);

    /// <inheritdoc/>
    internal override string Summary => "COLLSCAN";
}

/// <summary>The records an index, or the order of a clustered collection, gives for bounds.</summary>
/// <param name="Index">The index.</param>
/// <param name="Bounds">What is asked for.</param>
/// <param name="IsForward">The direction.</param>
internal sealed record IndexScan(PlannedIndex Index, IndexBounds Bounds, bool IsForward) : AccessPath
{
    /// <summary>Ranges that stand for the bounds, given by <c>min</c> and <c>max</c>.</summary>
    internal IReadOnlyList<KeyRange>? GivenRanges { get; init; }

    /// <inheritdoc/>
    internal override IEnumerable<StoredRecord> Records(CollectionReader reader)
    {
        var ranges = GivenRanges ?? Bounds.Ranges(Index.Keys);
        IEnumerable<KeyRange> ordered = IsForward ? ranges : ranges.Reverse();
        var records = ordered.SelectMany(range => Records(reader, range));
        return Index.IsMultikey ? records.DistinctBy(record => record.Key, ByteOrder.Equality) : records;
    }

    /// <inheritdoc/>
    internal override string Summary => Index.Info is null ? "CLUSTERED_IXSCAN" : $"IXSCAN {Index.Pattern}";

    /// <inheritdoc/>
    internal override uint? IndexIdent => Index.Info?.Ident;

    private IEnumerable<StoredRecord> Records(CollectionReader reader, KeyRange range) =>
        Index.Info is { } info
            ? reader.ScanIndex(info, range.Lower, range.Upper, IsForward)
            : reader.Scan(
                new ScanRange(
                    KeyLayout.Logical(reader.Collection.Ident, range.Lower),
                    KeyLayout.Logical(reader.Collection.Ident, range.Upper),
                    IsForward
                )
            );
}

/// <summary>The one record of an <c>_id</c>.</summary>
/// <param name="Index">The index on <c>_id</c>, or the clustered records.</param>
/// <param name="Id">The <c>_id</c>.</param>
internal sealed record IdLookup(PlannedIndex Index, RawValue Id) : AccessPath
{
    /// <inheritdoc/>
    internal override IEnumerable<StoredRecord> Records(CollectionReader reader) =>
        reader.FindById(Id) is { } record ? [record] : [];

    /// <inheritdoc/>
    internal override string Summary => Index.Info is null ? "CLUSTERED_IXSCAN" : "EXPRESS_IXSCAN { _id: 1 }";

    /// <inheritdoc/>
    internal override uint? IndexIdent => Index.Info?.Ident;
}

/// <summary>The records of several paths, each once.</summary>
/// <param name="Paths">The paths.</param>
internal sealed record UnionPath(IReadOnlyList<AccessPath> Paths) : AccessPath
{
    /// <inheritdoc/>
    internal override IEnumerable<StoredRecord> Records(CollectionReader reader) =>
        Paths.SelectMany(path => path.Records(reader)).DistinctBy(record => record.Key, ByteOrder.Equality);

    /// <inheritdoc/>
    internal override string Summary => string.Join(", ", Parts.Select(part => part.Summary));

    /// <inheritdoc/>
    internal override IReadOnlyList<AccessPath> Parts => [.. Paths.SelectMany(path => path.Parts)];
}
