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
        var filter = context.Arguments.Document("filter") ?? RawDocument.Empty;
        var query = new DocumentQuery(context, filter, null, context.Arguments.Document("let"));
        var limit = context.Arguments.NumberAtLeast("limit", 0) ?? 0;
        var documents = collection is null
            ? []
            : query.Find(new CollectionReader(view, collection)).Select(record => record.Document);
        if (limit > 0)
        {
            documents = documents.Take((int)limit);
        }

        return context.Member.Cursors.OpenReply(
            context,
            new QuerySource(view, collection?.Uuid, documents),
            new CursorOptions(ns)
            {
                BatchSize = (int?)context.Arguments.NumberAtLeast("batchSize", 0),
                IsSingleBatch = context.Arguments.Boolean("singleBatch") ?? false,
                AtClusterTime = ReadViews.ToldTime(context, view),
            }
        );
    }
}
