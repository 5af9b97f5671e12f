using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>
/// <c>splitVector</c>: keys of an index that cut a collection into parts of half a size, as tools that read in parallel ask for them
/// (<c>split_vector.cpp</c>).
/// </summary>
internal static class SplitPoints
{
    private const long ObjectsMax = 250_000;

    /// <summary>Finds them.</summary>
    internal static DocumentBuilder Run(CommandContext context)
    {
        var ns = Namespace.Parse(context.Arguments.RequiredString("splitVector"));
        var pattern = context.Arguments.Document("keyPattern") ?? RawDocument.Empty;
        if (pattern.IsEmpty)
        {
            throw new CommandException(ErrorCode.CommandFailed, "no key pattern found in splitVector");
        }

        var (min, max) = (context.Arguments.Document("min"), context.Arguments.Document("max"));
        if (min is null or { IsEmpty: true } != max is null or { IsEmpty: true })
        {
            throw new CommandException(ErrorCode.CommandFailed, "either provide both min and max or leave both empty");
        }

        using var view = context.Node.View();
        if (view.Catalog.Find(ns) is not { IsView: false } collection)
        {
            throw new CommandException(ErrorCode.NamespaceNotFound, "ns not found");
        }

        var index =
            collection.Indexes.FirstOrDefault(one => one.IsReady && Begins(one, pattern))
            ?? throw new CommandException(ErrorCode.IndexNotFound, $"couldn't find index over splitting key {pattern}");
        var keys = new CollectionReader(view, collection)
            .ScanIndex(index, [], null, isForward: true)
            .Select(record => KeyOf(record.Document, pattern))
            .Where(key => IsWithin(key, min, max));
        var points = Find(context, context.Node.Sizes[collection.Ident], keys);
        return new() { { "splitKeys", RawValue.Array(points.Select(RawValue.Document)) } };
    }

    private static List<RawDocument> Find(CommandContext context, CollectionSize size, IEnumerable<RawDocument> range)
    {
        var isForced = context.Body["force"].IsTruthy();
        var bytes = isForced ? size.Bytes : Bytes(context);
        if (bytes <= 0)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "cannot use split with find or bounds option on an empty collection"
            );
        }

        if (size.Records == 0 || size.Bytes < bytes)
        {
            return [];
        }

        var objects = context.Arguments.Number("maxChunkObjects") ?? ObjectsMax;
        if (objects <= 0)
        {
            throw new CommandException(ErrorCode.InvalidOptions, "maxChunkObjects must be greater than 0");
        }

        var keys = range.ToList();
        if (keys.Count == 0)
        {
            throw new CommandException(
                ErrorCode.OperationFailed,
                "can't open a cursor to scan the range (desired range is possibly empty)"
            );
        }

        var each = isForced ? keys.Count / 2 : Math.Min(objects, bytes / (2 * (size.Bytes / size.Records)));
        var pointsMax = context.Arguments.Number("maxSplitPoints") is { } most and not 0 ? most : long.MaxValue;
        return Every(keys, each, pointsMax);
    }

    // All documents of one key lie in one part: one that comes too often is followed by the next key.
    private static List<RawDocument> Every(List<RawDocument> keys, long each, long pointsMax)
    {
        var (points, last, count) = (new List<RawDocument>(), keys[0], 0L);
        foreach (var key in keys)
        {
            if (++count <= each || Compare(key, last) == 0)
            {
                continue;
            }

            points.Add(key);
            (last, count) = (key, 0);
            if (points.Count >= pointsMax)
            {
                break;
            }
        }

        return points;
    }

    private static long Bytes(CommandContext context)
    {
        const long Megabyte = 1 << 20;
        var bytes =
            context.Arguments.Number("maxChunkSize") * Megabyte ?? context.Arguments.Number("maxChunkSizeBytes");
        return bytes is null or (>= Megabyte and <= 1024 * Megabyte)
            ? bytes ?? 0
            : throw new CommandException(
                ErrorCode.InvalidOptions,
                "maxChunkSize must lie within the range [1MB, 1024MB]"
            );
    }

    private static bool Begins(IndexInfo index, RawDocument pattern) =>
        !index.Spec.Has("partialFilterExpression")
        && !index.Spec["sparse"].IsTruthy()
        && pattern
            .Zip(index.Key.Concat(pattern))
            .All(pair =>
                pair.First.Name == pair.Second.Name && ValueComparer.Compare(pair.First.Value, pair.Second.Value) == 0
            )
        && index.Key.Count() >= pattern.Count();

    private static RawDocument KeyOf(RawDocument document, RawDocument pattern)
    {
        var key = new DocumentBuilder();
        foreach (var part in pattern)
        {
            var value = part
                .Name.Split('.')
                .Aggregate(
                    RawValue.Document(document),
                    (at, name) => at.Type == BsonType.Document ? at.AsDocument[name] : RawValue.Missing
                );
            key.Add(part.Name, value.IsMissing ? RawValue.Null : value);
        }

        return key.Build();
    }

    // Bounds may name the first fields only.
    private static bool IsWithin(RawDocument key, RawDocument? min, RawDocument? max) =>
        (min is not { IsEmpty: false } lower || Compare(key, lower) >= 0)
        && (max is not { IsEmpty: false } upper || Compare(key, upper) < 0);

    private static int Compare(RawDocument one, RawDocument other) =>
        one.Values()
            .Zip(other.Values())
            .Select(pair => ValueComparer.Compare(pair.First, pair.Second))
            .FirstOrDefault(order => order != 0);
}
