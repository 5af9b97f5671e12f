using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>createIndexes</c>: adds indexes, over existing documents by an index build.</summary>
internal sealed class CreateIndexesCommand : ICommand
{
    private const int IndexesMax = 64;

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("createIndexes")
        {
            Fields = CommandTraits.FieldSet(
                "indexes",
                "commitQuorum",
                "ignoreUnknownIndexOptions",
                "returnOnStart",
                "collectionUUID"
            ),
            RunsInTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = true,
            Help = "builds one or more indexes for a collection",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        var ignoresUnknown = context.Arguments.Boolean("ignoreUnknownIndexOptions") ?? false;
        var specs = context
            .RequiredDocuments("indexes")
            .Select(spec => IndexSpecs.Check(spec, ignoresUnknown, context.Member.Profile.Version))
            .ToList();
        if (specs.Count == 0)
        {
            throw new CommandException(ErrorCode.BadValue, "Must specify at least one index to create");
        }

        if (TimeSeriesCollection.Find(context, ns) is { } series)
        {
            ns = series.Buckets.Namespace;
            specs = specs.ConvertAll(spec => TimeSeriesIndexes.ToBuckets(spec, series.Options));
        }

        var writer = new Writer(context);
        while (true)
        {
            IndexBuild? build = null;
            Guid? other = null;
            var reply = await writer
                .RunAsync(
                    operation => Create(context, writer, operation, ns, specs, out build, out other),
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (build is not null)
            {
                await build.RunAsync(context.Member.FailPoints, cancellationToken).ConfigureAwait(false);
            }

            if (other is null)
            {
                return reply;
            }

            // The very index is being built: its outcome decides.
            await context
                .Node.Changed.WaitAsync(() => !IsOpen(context, ns, other.Value), cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private static bool IsOpen(CommandContext context, Namespace ns, Guid build) =>
        context.Node.Catalog.Latest.Find(ns)?.Indexes.Any(index => index.BuildUuid == build) ?? false;

    private static RawDocument Create(
        CommandContext context,
        Writer writer,
        WriteOperation operation,
        Namespace ns,
        List<RawDocument> specs,
        out IndexBuild? build,
        out Guid? other
    )
    {
        (build, other) = (null, null);
        writer.CheckIdentity(ns);
        var isNew = operation.Find(ns) is not { } existing || operation.HasMade(existing);
        var collection = writer.Ensure(operation, ns);
        var wanted = specs.Select(spec => IndexSpecs.Stored(spec, collection.Options["collation"])).ToList();
        var before = CountOf(collection);
        var missing = wanted.Where(spec => !IndexCatalog.Exists(collection, spec)).ToList();
        other = wanted
            .Select(spec => collection.FindIndex(spec["name"].AsString)?.BuildUuid)
            .FirstOrDefault(uuid => uuid is not null);
        if (other is not null)
        {
            return RawDocument.Empty;
        }

        if (collection.Indexes.Length + missing.Count > IndexesMax)
        {
            throw new CommandException(
                ErrorCode.CannotCreateIndex,
                $"add index fails, too many indexes for {ns} key:{missing[^1]["key"]}"
            );
        }

        missing.ForEach(spec => Sharding.UniqueIndexes.Check(context, collection, spec));
        if (missing.Count > 0)
        {
            if (!operation.IsInTransaction)
            {
                operation.WaitForTransactionsOn(collection);
            }

            build = Add(operation, collection, missing);
        }

        var reply = new DocumentBuilder
        {
            { "numIndexesBefore", before },
            { "numIndexesAfter", before + missing.Count },
        };
        if (missing.Count > 0 || isNew)
        {
            reply.Add("createdCollectionAutomatically", isNew);
        }

        if (collection.IsReplicated && context.Node.Options.ReplicaSet is not null)
        {
            reply.Add(
                "commitQuorum",
                context.Body.Has("commitQuorum") ? context.Body["commitQuorum"] : "votingMembers"
            );
        }

        return missing.Count == 0 ? reply.Add("note", "all indexes already exist").Build() : reply.Build();
    }

    private static int CountOf(CollectionInfo collection) => collection.Indexes.Length;

    private static IndexBuild? Add(WriteOperation operation, CollectionInfo collection, List<RawDocument> specs)
    {
        // Only of a collection that the transaction has made itself, and before it has documents.
        if (operation.IsInTransaction && !operation.HasMade(collection))
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                $"Cannot create new indexes on existing collection {collection.Namespace} in a multi-document transaction."
            );
        }

        var isEmpty = !operation.Reader(collection).Scan().Any();
        if (!isEmpty)
        {
            if (operation.IsInTransaction)
            {
                throw new CommandException(
                    ErrorCode.OperationNotSupportedInTransaction,
                    $"Cannot create new indexes on non-empty collection {collection.Namespace} in a multi-document transaction."
                );
            }

            return IndexBuild.Start(operation.Node, collection, specs);
        }

        if (operation.IsInTransaction)
        {
            _ = specs.Aggregate(collection, (current, spec) => IndexCatalog.AddToEmpty(operation, current, spec));
            operation.Commit();
            return null;
        }

        foreach (var spec in specs)
        {
            using var step = new WriteOperation(operation.Node);
            _ = IndexCatalog.AddToEmpty(step, step.Find(collection.Namespace)!, spec);
            step.Commit();
        }

        return null;
    }
}
