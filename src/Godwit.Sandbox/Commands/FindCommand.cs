using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Planning;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>find</c>: documents of a collection through a cursor.</summary>
internal sealed class FindCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("find")
        {
            FieldOwner = "FindCommandRequest",
            Fields = CommandTraits.FieldSet(
                "filter",
                "sort",
                "projection",
                "hint",
                "skip",
                "limit",
                "batchSize",
                "singleBatch",
                "max",
                "min",
                "returnKey",
                "showRecordId",
                "tailable",
                "oplogReplay",
                "noCursorTimeout",
                "awaitData",
                "allowPartialResults",
                "collation",
                "allowDiskUse",
                "let",
                "collectionUUID",
                "$_requestResumeToken",
                "$_resumeAfter",
                "$_startAt",
                "term",
                "readOnce",
                "options",
                "encryptionInformation",
                "includeQueryStatsMetrics",
                "ntoreturn"
            ),
            OnSecondary = SecondaryUse.OptIn,
            RunsInTransaction = true,
            TakesReadConcern = true,
            TakesSnapshot = true,
            IsInApiVersion1 = true,
            Help = "query for documents",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var view = ReadViews.For(context);
        var ns = NamedByUuid.Collection(context, view);
        var named = view.Catalog.Find(ns);
        CollectionUuid.Check(context, ns, named);
        ReadConcernSupport.CheckCollection(context, named);
        var arguments = context.Arguments;
        var options = FindOptions.Parse(arguments);
        var query = QueryOf(context, named);
        var source = ResolvedSource.Resolve(view.Catalog, ns);
        Sharding.PlacementHistory.Check(context, view, ns, named);
        var cursor = new CursorOptions(ns)
        {
            BatchSize = (int?)arguments.NumberAtLeast("batchSize", 0),
            IsSingleBatch = arguments.Boolean("singleBatch") ?? false,
            HasNoTimeout = arguments.Boolean("noCursorTimeout") ?? false,
            Failure = $"Executor error during find command: {ns}",
            AtClusterTime =
                source.Collection is null && context.Request.Routing is null ? null : ReadViews.ToldTime(context, view),
        };
        if (source is { Collection: { } collection, Stages.Count: 0 } && (options.IsTailable || options.WantsToken))
        {
            var natural = Natural(context, new(view, collection), query, options);
            return context.Member.Cursors.OpenReply(
                context,
                natural,
                cursor with
                {
                    IsTailable = options.IsTailable,
                    IsAwaitData = options.IsAwaitData,
                }
            );
        }

        var records = source switch
        {
            { Collection: null } => [],
            { Stages.Count: 0 } => query.Find(new CollectionReader(view, source.Collection)),
            _ => query.FindIn(
                source.Documents(StageContext.For(context, ns, query.Collation, arguments.Document("let"), view))
            ),
        };
        var documents = Skipped(arguments, records).Select(Showing(context, query));
        return context.Member.Cursors.OpenReply(
            context,
            new QuerySource(view, source.Collection, documents)
            {
                Limit = arguments.NumberAtLeast("limit", 0) is { } limit and > 0 ? limit : long.MaxValue,
            },
            cursor
        );
    }

    /// <summary>The query a <c>find</c> asks for.</summary>
    internal static DocumentQuery QueryOf(CommandContext context, CollectionInfo? collection)
    {
        var arguments = context.Arguments;
        var limit = arguments.NumberAtLeast("limit", 0) is { } given and > 0 ? given : long.MaxValue;
        var skip = arguments.NumberAtLeast("skip", 0) ?? 0;
        return new(
            context,
            Owned(arguments, "filter") ?? RawDocument.Empty,
            arguments.Document("collation"),
            arguments.Document("let"),
            collection
        )
        {
            Hint = arguments["hint"],
            Sort = Owned(arguments, "sort"),
            Projection = Owned(arguments, "projection"),
            Min = NotEmpty(Owned(arguments, "min")),
            Max = NotEmpty(Owned(arguments, "max")),
            Limit = limit > long.MaxValue - skip ? long.MaxValue : limit + skip,
            AllowsDiskUse = arguments.Boolean("allowDiskUse") ?? true,
        };
    }

    // The words of parseOwnedBSON, blank and all (recording sessions/handshake, step 45).
    private static RawDocument? Owned(CommandArguments arguments, string field) =>
        arguments[field].Type switch
        {
            BsonType.Missing or BsonType.Null => null,
            BsonType.Document => arguments[field].AsDocument,
            _ => throw new CommandException(ErrorCode.TypeMismatch, $"Expected field {field}to be of type object"),
        };

    private static RawDocument? NotEmpty(RawDocument? document) => document is { IsEmpty: false } ? document : null;

    private static NaturalSource Natural(
        CommandContext context,
        CollectionReader reader,
        DocumentQuery query,
        FindOptions options
    )
    {
        var collection = reader.Collection;
        if (options.IsTailable && !collection.IsCapped)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"{QueryText.Describe(collection.Namespace, query)} tailable cursor requested on non capped collection"
            );
        }

        if (options is { MustExist: true, After: { } after } && reader.Get(after) is null)
        {
            throw new CommandException(
                ErrorCode.KeyNotFound,
                $"Executor error during find command: {collection.Namespace} :: caused by :: Failed to resume collection scan: the recordId from which we are attempting to resume no longer exists in the collection: RecordId({RecordIds.Show(after)})"
            );
        }

        var show = Showing(context, query);
        var scan = QueryPlanner.Plan(reader, query).Path as CollectionScan;
        return new(context.Node, reader, record => query.Filter.Matches(record.Document) ? show(record) : null)
        {
            IsTailable = options.IsTailable,
            TokenOwner = options.WantsToken ? context.Member.SyncId : null,
            After = options.After ?? scan?.After,
        };
    }

    private static IEnumerable<StoredRecord> Skipped(CommandArguments arguments, IEnumerable<StoredRecord> records) =>
        arguments.NumberAtLeast("skip", 0) is { } skip and > 0
            ? records.Skip((int)Math.Min(skip, int.MaxValue))
            : records;

    private static Func<StoredRecord, RawDocument> Showing(CommandContext context, DocumentQuery query)
    {
        var arguments = context.Arguments;
        var project = Owned(arguments, "projection") is { IsEmpty: false } projection
            ? Projections.Of(context, projection, query)
            : null;
        var withRecordId = arguments.Boolean("showRecordId") ?? false;
        return record =>
        {
            var document = project is null ? record.Document : project(record.Document);
            return withRecordId
                ? new DocumentBuilder(document.Length + 32)
                    .AddAll(document)
                    .Add("$recordId", RecordIds.Show(record.Key))
                    .Build()
                : document;
        };
    }
}
