using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>dropIndexes</c>: removes indexes by name, by names, by key or all but <c>_id_</c>.</summary>
internal sealed class DropIndexesCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("dropIndexes")
        {
            Aliases = ["deleteIndexes"],
            Fields = CommandTraits.FieldSet("index", "collectionUUID"),
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = true,
            Help = "drop indexes for a collection",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        var which = context.Body["index"];
        if (TimeSeriesCollection.Find(context, ns) is { } series)
        {
            ns = series.Buckets.Namespace;
            which =
                which.Type == BsonType.Document
                    ? TimeSeriesIndexes.KeyToBuckets(which.AsDocument, series.Options)
                    : which;
        }

        var writer = new Writer(context);
        return await writer
            .RunAsync(
                operation =>
                {
                    writer.CheckIdentity(ns);
                    return Drop(operation, ns, which);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static RawDocument Drop(WriteOperation operation, Namespace ns, RawValue which)
    {
        var collection = operation.Find(ns) ?? throw CatalogWriter.NotFound($"ns not found {ns}");
        operation.WaitForTransactionsOn(collection);
        var isAll = which.Type == BsonType.String && which.AsString == "*";
        var chosen = isAll ? AllInDropOrder(operation, collection) : Choose(collection, which);
        foreach (var index in chosen)
        {
            if (!isAll && ShardKeyIndexes.IsLast(operation, operation.Node.Catalog.Latest.Find(ns)!, index))
            {
                throw new CommandException(
                    ErrorCode.CannotDropShardKeyIndex,
                    "Cannot drop the only compatible index for this collection's shard key"
                );
            }

            DropOne(operation.Node, ns, index);
        }

        var reply = new DocumentBuilder { { "nIndexesWas", collection.Indexes.Length } };
        return (isAll ? reply.Add("msg", AllDropped(operation, collection)) : reply).Build();
    }

    private static string AllDropped(WriteOperation operation, CollectionInfo collection) =>
        operation.View.Routing?.KeyOf(collection) is null
            ? "non-_id indexes dropped for collection"
            : "non-_id indexes and non-shard key indexes dropped for collection";

    private static void DropOne(Node node, Namespace ns, IndexInfo index)
    {
        if (index.BuildUuid is { } build)
        {
            node.Builds.Abort(
                node.Catalog.Latest.Find(ns)!,
                build,
                new(ErrorCode.IndexBuildAborted, $"Index build aborted: {build}: dropIndexes command")
            );
            return;
        }

        using var step = new WriteOperation(node);
        _ = IndexCatalog.Drop(step, step.Find(ns)!, index);
        step.Commit();
    }

    private static List<IndexInfo> AllInDropOrder(WriteOperation operation, CollectionInfo collection) =>
        [
            .. collection
                .Indexes.Where(index => !index.IsIdIndex && !ShardKeyIndexes.IsKept(operation, collection, index))
                .OrderBy(index => index.Rank),
        ];

    private static List<IndexInfo> Choose(CollectionInfo collection, RawValue which) =>
        which.Type switch
        {
            BsonType.String => [ByName(collection, which.AsString)],
            BsonType.Array => [.. which.AsDocument.Values().Select(name => ByName(collection, Text(name)))],
            BsonType.Document => [ByKey(collection, which.AsDocument)],
            BsonType.Missing => throw CommandErrors.MissingField("dropIndexes", "index"),
            _ => throw CommandErrors.WrongType("dropIndexes", "index", which, "string", "object"),
        };

    private static string Text(RawValue name) =>
        name.Type == BsonType.String
            ? name.AsString
            : throw CommandErrors.WrongType("dropIndexes", "index", name, "string");

    private static IndexInfo ByName(CollectionInfo collection, string name)
    {
        var index =
            collection.FindIndex(name)
            ?? throw new CommandException(ErrorCode.IndexNotFound, $"index not found with name [{name}]");
        return index.IsIdIndex ? throw NotTheIdIndex() : index;
    }

    private static IndexInfo ByKey(CollectionInfo collection, RawDocument key)
    {
        var found = collection.Indexes.Where(index => IndexCatalog.SameKey(index.Key, key)).ToList();
        return found.Count switch
        {
            0 => throw new CommandException(ErrorCode.IndexNotFound, $"can't find index with key: {key}"),
            1 => found[0].IsIdIndex ? throw NotTheIdIndex() : found[0],
            _ => throw new CommandException(
                ErrorCode.AmbiguousIndexKeyPattern,
                $"{found.Count} indexes found for key: {key}, identify by name instead."
            ),
        };
    }

    private static CommandException NotTheIdIndex() => new(ErrorCode.InvalidOptions, "cannot drop _id index");
}
