using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>collMod</c>: changes options of a collection, of a view or of one index.</summary>
internal sealed class CollModCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("collMod")
        {
            Fields = CommandTraits.FieldSet(
                "index",
                "validator",
                "validationLevel",
                "validationAction",
                "viewOn",
                "pipeline",
                "changeStreamPreAndPostImages",
                "expireAfterSeconds",
                "timeseries",
                "timeseriesBucketsMayHaveMixedSchemaData",
                "dryRun",
                "cappedSize",
                "cappedMax",
                "recordIdsReplicated",
                "collectionUUID"
            ),
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = true,
            Help = "Sets collection options.",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        return await new Writer(context)
            .RunAsync(operation => Modify(context, operation, ns), cancellationToken)
            .ConfigureAwait(false);
    }

    private static RawDocument Modify(CommandContext context, WriteOperation operation, Namespace ns)
    {
        var collection = operation.Find(ns);
        CollectionUuid.Check(context, ns, collection);
        if (TimeSeriesCollection.Find(context, ns) is { } series)
        {
            return ModifySeries(context, operation.Node, series);
        }

        if (collection is null)
        {
            throw CatalogWriter.NotFound("ns does not exist");
        }

        if (collection.IsView)
        {
            ModifyView(context, operation, collection);
            operation.Commit();
            return RawDocument.Empty;
        }

        IndexBuilds.CheckNone(collection);
        DocumentValidation.CheckParses(context, ns, context.Body);
        operation.WaitForTransactionsOn(collection);
        var reply = CollectionChange.Apply(operation, collection, context.Arguments);
        operation.Commit();
        return reply;
    }

    private static RawDocument ModifySeries(CommandContext context, Node node, TimeSeriesCollection series)
    {
        IndexBuilds.CheckNone(series.Buckets);
        if (context.Arguments.Document("timeseries") is { } change && series.View is { } view)
        {
            var changed = series.Options.Changed(change);
            using var step = new WriteOperation(node);
            var options = TimeSeriesCollection.ViewOptions(view.Namespace, changed, view.Options["collation"]);
            ViewCatalog.Replace(step, view, options);
            step.Commit();
        }

        using var last = new WriteOperation(node);
        var arguments = new CommandArguments(WithBucketKey(context.Body, series.Options), "collMod");
        var reply = CollectionChange.Apply(last, last.Find(series.Buckets.Namespace)!, arguments);
        last.Commit();
        return reply;
    }

    private static RawDocument WithBucketKey(RawDocument body, BucketOptions options)
    {
        if (body["index"] is not { Type: BsonType.Document } index || !index.AsDocument.Has("keyPattern"))
        {
            return body;
        }

        var key = TimeSeriesIndexes.KeyToBuckets(index.AsDocument["keyPattern"].AsDocument, options);
        return Replaced(body, "index", Replaced(index.AsDocument, "keyPattern", key));
    }

    private static RawDocument Replaced(RawDocument document, string field, RawValue value)
    {
        var builder = new DocumentBuilder(document.Length + 64);
        foreach (var element in document)
        {
            builder.Add(element.NameUtf8.Span, element.NameIs(field) ? value : element.Value);
        }

        return builder.Build();
    }

    private static void ModifyView(CommandContext context, WriteOperation operation, CollectionInfo view)
    {
        foreach (var element in context.Body.Skip(1))
        {
            if (
                element.Name
                is "index"
                    or "validator"
                    or "validationLevel"
                    or "validationAction"
                    or "changeStreamPreAndPostImages"
                    or "cappedSize"
                    or "cappedMax"
                    or "expireAfterSeconds"
            )
            {
                throw new CommandException(ErrorCode.InvalidOptions, $"option not supported on a view: {element.Name}");
            }
        }

        var options = new DocumentBuilder
        {
            { "viewOn", context.Body.Has("viewOn") ? context.Body["viewOn"] : view.Options["viewOn"] },
            { "pipeline", context.Body.Has("pipeline") ? context.Body["pipeline"] : view.Options["pipeline"] },
            { "collation", view.Options["collation"] },
        };
        var definition = options.Build();
        ViewRules.Check(context, view.Namespace, definition);
        ViewCatalog.Replace(operation, view, definition);
    }
}
