using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>aggregate</c>: documents of a collection, view or change stream, taken through stages.</summary>
internal sealed class AggregateCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("aggregate")
        {
            Fields = CommandTraits.FieldSet(
                "pipeline",
                "explain",
                "allowDiskUse",
                "cursor",
                "bypassDocumentValidation",
                "collation",
                "hint",
                "let",
                "collectionUUID",
                "exchange",
                "fromMongos",
                "fromRouter",
                "needsMerge",
                "needsSortedMerge",
                "encryptionInformation",
                "includeQueryStatsMetrics"
            ),
            OnSecondary = SecondaryUse.OptIn,
            RunsInTransaction = true,
            TakesReadConcern = true,
            TakesSnapshot = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            Help = "runs an aggregation pipeline",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var ns = Target(context);
        var stages = context.RequiredDocuments("pipeline");
        var cursor =
            context.Arguments.Document("cursor")
            ?? throw new CommandException(
                ErrorCode.FailedToParse,
                "The 'cursor' option is required, except for aggregate with the explain argument"
            );
        var arguments = context.Arguments;
        var pipeline = new PipelineStages(
            context,
            Collations.Of(arguments.Document("collation")),
            arguments.Document("let")
        );
        var options = new CursorOptions(ns.Collection.Length == 0 ? new(ns.Database, "$cmd.aggregate") : ns)
        {
            BatchSize = (int?)cursor["batchSize"].ToInt64(),
        };
        if (stages.Count > 0 && stages[0].First().NameIs("$changeStream"))
        {
            var stream = ChangeStreamOpening.Open(context, ns, stages, pipeline.PerDocument);
            return context.Member.Cursors.OpenReply(
                context,
                stream,
                options with
                {
                    IsTailable = true,
                    IsAwaitData = true,
                }
            );
        }

        if (stages.Any(stage => stage.First().NameIs("$changeStream")))
        {
            throw new CommandException(
                40602,
                "$_internalChangeStreamOplogMatch is only valid as the first stage in a pipeline"
            );
        }

        return OverCollection(context, ns, stages, pipeline, options);
    }

    private static Namespace Target(CommandContext context)
    {
        var first = context.Body.First().Value;
        return first.IsNumber && first.ToInt64() == 1 ? new(context.Database, "") : context.Collection();
    }

    private static RawDocument OverCollection(
        CommandContext context,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        PipelineStages pipeline,
        CursorOptions options
    )
    {
        var view = ReadViews.For(context);
        CollectionUuid.Check(context, ns, view.Catalog.Find(ns));
        ReadConcernSupport.CheckCollection(context, view.Catalog.Find(ns));
        var source = ResolvedSource.Resolve(view.Catalog, ns);
        var documents = pipeline.Run(First(context, view, source, pipeline, stages, out var rest), rest);
        return context.Member.Cursors.OpenReply(
            context,
            new QuerySource(view, source.Collection?.Uuid, documents),
            options with
            {
                AtClusterTime = source.Collection is null ? null : ReadViews.ToldTime(context, view),
            }
        );
    }

    private static IEnumerable<RawDocument> First(
        CommandContext context,
        ReadView view,
        ResolvedSource source,
        PipelineStages pipeline,
        IReadOnlyList<RawDocument> stages,
        out IReadOnlyList<RawDocument> rest
    )
    {
        var isPlain = source is { Collection: not null, Stages.Count: 0 };
        if (isPlain && stages.Count > 0 && stages[0].First() is var first && first.NameIs("$match"))
        {
            rest = [.. stages.Skip(1)];
            var query = new DocumentQuery(
                context,
                first.Value.AsDocument,
                context.Arguments.Document("collation"),
                context.Arguments.Document("let")
            )
            {
                Hint = context.Arguments["hint"],
            };
            return query.Find(new CollectionReader(view, source.Collection!)).Select(record => record.Document);
        }

        if (isPlain && stages.Count > 0 && stages[0].First().NameIs("$collStats"))
        {
            rest = [.. stages.Skip(1)];
            return [Statistics(context, source.Collection!)];
        }

        rest = stages;
        return source.Documents(view, pipeline);
    }

    /// <summary>The document of <c>$collStats</c>: figures of the newest committed data.</summary>
    private static RawDocument Statistics(CommandContext context, Catalog.CollectionInfo collection)
    {
        var size = context.Node.Sizes[collection.Ident];
        var asked = context.RequiredDocuments("pipeline")[0]["$collStats"].AsDocument;
        return new DocumentBuilder
        {
            { "ns", collection.Namespace.ToString() },
            { "localTime", RawValue.DateTime(context.Node.Options.Time.GetUtcNow()) },
            {
                "storageStats",
                asked.Has("storageStats")
                    ? StorageStats
                        .Of(context.Node, collection)
                        .Describe(collection, asked["storageStats"].AsDocument["scale"].ToInt64() ?? 1)
                    : RawValue.Missing
            },
            { "count", asked.Has("count") ? RawValue.Narrow(size.Records) : RawValue.Missing },
        }.Build();
    }
}
