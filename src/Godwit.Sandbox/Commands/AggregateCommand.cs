using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Explaining;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>aggregate</c>: documents of a collection, view or change stream, taken through stages.</summary>
internal sealed class AggregateCommand : ICommand
{
    private const string Failed = "PlanExecutor error during aggregation";

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
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
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = Target(context);
        var stages = context.RequiredDocuments("pipeline");
        CheckConcernAndApi(context, stages);
        if (stages.Any(IsWriting) && context.Member.Replica is { IsPrimary: false } secondary)
        {
            return await PassedOnAggregate.RunAsync(context, secondary, cancellationToken).ConfigureAwait(false);
        }

        if (context.Arguments.Boolean("explain") == true)
        {
            return AggregateExplanation.Of(context, ns, context.Body, ExplainVerbosity.QueryPlanner);
        }

        var cursor =
            context.Arguments.Document("cursor")
            ?? throw new CommandException(
                ErrorCode.FailedToParse,
                "The 'cursor' option is required, except for aggregate with the explain argument"
            );
        var options = new CursorOptions(ns.Collection.Length == 0 ? new(ns.Database, "$cmd.aggregate") : ns)
        {
            BatchSize = BatchSize(cursor),
            Failure = Failed,
        };
        return stages.Count > 0 && !stages[0].IsEmpty && stages[0].First().NameIs("$changeStream")
            ? OpenStream(context, ns, stages, options)
            : await OverCollectionAsync(context, ns, stages, options, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsWriting(RawDocument stage) => stage.Has("$out") || stage.Has("$merge");

    private static void CheckConcernAndApi(CommandContext context, IReadOnlyList<RawDocument> stages)
    {
        foreach (var name in stages.Where(stage => !stage.IsEmpty).Select(stage => stage.First().Name))
        {
            if (context.Generic.IsApiStrict && ApiVersion.IsOutside(name))
            {
                throw new CommandException(
                    ErrorCode.APIStrictError,
                    $"stage {name} is not allowed with 'apiStrict: true' in API Version 1"
                );
            }

            if (name is "$out" or "$merge" && context.ReadConcern.Level == ReadConcernLevel.Linearizable)
            {
                throw new CommandException(
                    ErrorCode.InvalidOptions,
                    $"{name} cannot be used with a 'linearizable' read concern level"
                );
            }
        }
    }

    /// <summary>What the command runs on; a namespace without collection for <c>{aggregate: 1}</c>.</summary>
    internal static Namespace Target(CommandContext context)
    {
        var first = context.Body.First().Value;
        return first.IsNumber && first.ToInt64() == 1 ? new(context.Database, "") : context.Collection();
    }

    /// <summary>Whether the last stage writes what the pipeline gives.</summary>
    internal static bool Writes(CommandContext context) =>
        context.Body["pipeline"] is { Type: BsonType.Array } pipeline
        && pipeline.AsDocument.Values().LastOrDefault() is { Type: BsonType.Document } last
        && (last.AsDocument.Has("$out") || last.AsDocument.Has("$merge"));

    internal static int? BatchSize(RawDocument cursor)
    {
        foreach (var element in cursor)
        {
            if (!element.NameIs("batchSize"))
            {
                throw CommandErrors.UnknownField("cursor", element.Name);
            }
        }

        var size = new CommandArguments(cursor, "cursor").NumberAtLeast("batchSize", 0);
        return size is { } given ? (int)Math.Min(given, int.MaxValue) : null;
    }

    private static RawDocument OpenStream(
        CommandContext context,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        CursorOptions options
    )
    {
        var place = StageContext.ForChangeStream(context, ns);
        var stream = ChangeStreamOpening.Open(
            context,
            ns,
            stages,
            further => Pipeline.Parse(further, place).PerDocument()
        );
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

    private static async ValueTask<RawDocument> OverCollectionAsync(
        CommandContext context,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        CursorOptions options,
        CancellationToken cancellationToken
    )
    {
        var view = ReadViews.For(context);
        var named = view.Catalog.Find(ns);
        CollectionUuid.Check(context, ns, named);
        ReadConcernSupport.CheckCollection(context, named);
        Sharding.PlacementHistory.Check(context, view, ns, named);
        var place = StageContext.For(
            context,
            ns,
            Collations.Of(context.Arguments.Document("collation"), named),
            context.Arguments.Document("let"),
            view
        );
        if (stages.Count == 0 && ns.Collection.Length == 0)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                "{aggregate: 1} is not valid for an empty pipeline."
            );
        }

        var pipeline = Pipeline.Parse(stages, place);
        var source = ResolvedSource.Resolve(view, ns);
        var documents = PipelineSource.Of(place, pipeline, stages, source).Run(place, pipeline, source);
        if (pipeline.Target is { } target)
        {
            using (view)
            {
                await WriteAsync(target, documents, cancellationToken).ConfigureAwait(false);
            }

            return context.Member.Cursors.OpenReply(context, new EnumerableSource([]), options);
        }

        return context.Member.Cursors.OpenReply(
            context,
            new QuerySource(view, source.Collection, documents),
            options with
            {
                AtClusterTime = source.Collection is null ? null : ReadViews.ToldTime(context, view),
            }
        );
    }

    private static async Task WriteAsync(
        WriteStage target,
        IEnumerable<RawDocument> documents,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await target.WriteAsync(documents, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException refusal)
        {
            throw refusal.With(Failed);
        }
    }
}
