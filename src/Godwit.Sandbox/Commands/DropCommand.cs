using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>drop</c>: removes a collection or view.</summary>
internal sealed class DropCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("drop")
        {
            Fields = CommandTraits.FieldSet("collectionUUID", "encryptedFields"),
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            Help = "drop a collection",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        return await new Writer(context)
            .RunAsync(operation => Drop(context, operation, ns), cancellationToken)
            .ConfigureAwait(false);
    }

    private static RawDocument Drop(CommandContext context, WriteOperation operation, Namespace ns)
    {
        var collection = operation.Find(ns);
        CollectionUuid.Check(context, ns, collection);
        if (collection is null)
        {
            return RawDocument.Empty;
        }

        CheckAllowed(context, ns);
        var shown = TimeSeriesCollection.IsBuckets(ns) ? TimeSeriesCollection.ViewOf(ns) : ns;
        if (TimeSeriesCollection.Find(operation.View.Catalog, shown) is { } series)
        {
            operation.WaitForTransactionsOn(series.Buckets);
            AbortBuilds(operation.Node, series.Buckets);
            return new DocumentBuilder
            {
                { "nIndexesWas", series.Drop(operation) },
                { "ns", shown.ToString() },
            }.Build();
        }

        if (collection.IsView)
        {
            ViewCatalog.Drop(operation, collection);
            operation.Commit();
            return new DocumentBuilder { { "ns", ns.ToString() } }.Build();
        }

        operation.WaitForTransactionsOn(collection);
        if (ns.Collection == ViewCatalog.CollectionName)
        {
            foreach (var view in operation.View.Catalog.InDatabase(ns.Database).Where(other => other.IsView).ToList())
            {
                operation.Unit.CatalogChanges.Add(new(view, null));
            }
        }

        AbortBuilds(operation.Node, collection);
        CatalogWriter.Drop(operation, operation.Node.Catalog.Latest.Find(ns)!);
        operation.Commit();
        return new DocumentBuilder { { "nIndexesWas", collection.Indexes.Length }, { "ns", ns.ToString() } }.Build();
    }

    /// <summary>Ends the index builds of a collection that goes.</summary>
    internal static void AbortBuilds(Storage.Node node, Catalog.CollectionInfo collection) =>
        node.Builds.AbortOf(
            collection,
            new(ErrorCode.IndexBuildAborted, $"Collection {collection.Namespace}({collection.Uuid}) is being dropped")
        );

    private static void CheckAllowed(CommandContext context, Namespace ns)
    {
        if (ns.Collection == "system.profile" && context.Member.Journal.Levels.LevelOf(ns.Database) > 0)
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                "turn off profiling before dropping system.profile collection"
            );
        }

        if (ns == Storage.Oplog.Namespace)
        {
            throw new CommandException(5255000, "can't drop live oplog while replicating");
        }

        var isSystem = ns.Collection.StartsWith("system.", StringComparison.Ordinal);
        var mayGo =
            ns.Collection is ViewCatalog.CollectionName or "system.profile" or "system.js"
            || ns.Collection.StartsWith("system.buckets.", StringComparison.Ordinal);
        if (isSystem && !mayGo && !(ns.Database is "admin" or "config"))
        {
            throw new CommandException(ErrorCode.IllegalOperation, $"can't drop system collection {ns}");
        }
    }
}
