using Godwit.Bson;
using Godwit.Sandbox.Cursors;
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
        var ns = context.Collection();
        var view = ReadViews.For(context);
        var collection = view.Catalog.Find(ns);
        CollectionUuid.Check(context, ns, collection);
        ReadConcernSupport.CheckCollection(context, collection);
        var arguments = context.Arguments;
        var query = new DocumentQuery(
            context,
            arguments.Document("filter") ?? RawDocument.Empty,
            arguments.Document("collation"),
            arguments.Document("let")
        )
        {
            Hint = arguments["hint"],
            Sort = arguments.Document("sort"),
            Min = arguments.Document("min"),
            Max = arguments.Document("max"),
        };
        var source = ResolvedSource.Resolve(view.Catalog, ns);
        var records = source switch
        {
            { Collection: null } => [],
            { Stages.Count: 0 } => query.Find(new CollectionReader(view, source.Collection)),
            _ => query.FindIn(source.Documents(view, new PipelineStages(context, query.Collation, null))),
        };
        var documents = Shown(context, query, records);
        return context.Member.Cursors.OpenReply(
            context,
            new QuerySource(view, source.Collection?.Uuid, documents),
            new CursorOptions(ns)
            {
                BatchSize = (int?)context.Arguments.NumberAtLeast("batchSize", 0),
                IsSingleBatch = context.Arguments.Boolean("singleBatch") ?? false,
                AtClusterTime = source.Collection is null ? null : ReadViews.ToldTime(context, view),
            }
        );
    }

    private static IEnumerable<RawDocument> Shown(
        CommandContext context,
        DocumentQuery query,
        IEnumerable<StoredRecord> records
    )
    {
        var arguments = context.Arguments;
        records = records.Skip((int)(arguments.NumberAtLeast("skip", 0) ?? 0));
        if (arguments.NumberAtLeast("limit", 0) is { } limit and > 0)
        {
            records = records.Take((int)Math.Min(limit, int.MaxValue));
        }

        var documents =
            arguments.Boolean("showRecordId") ?? false
                ? records.Select(WithRecordId)
                : records.Select(record => record.Document);
        return arguments.Document("projection") is { IsEmpty: false } projection
            ? documents.Select(Projections.Of(context, projection, query))
            : documents;
    }

    private static RawDocument WithRecordId(StoredRecord record) =>
        new DocumentBuilder(record.Document.Length + 32)
            .AddAll(record.Document)
            .Add("$recordId", record.Key.Length == 8 ? KeyLayout.RecordNumber(record.Key) : RawValue.Binary(record.Key))
            .Build();
}
