using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Planning;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary><c>distinct</c>: the different values of a field; elements of arrays count one by one.</summary>
internal sealed class DistinctCommand : SynchronousCommand
{
    private const int BytesMax = 16 * 1024 * 1024;

    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("distinct")
        {
            FieldOwner = "distinctCommandRequest",
            Fields = CommandTraits.FieldSet(
                "key",
                "query",
                "collation",
                "hint",
                "queryHash",
                "includeQueryStatsMetrics"
            ),
            OnSecondary = SecondaryUse.OptIn,
            RunsInTransaction = true,
            TakesReadConcern = true,
            TakesSnapshot = true,
            IsInApiVersion1 = false,
            Help = "{ distinct : 'collection name' , key : 'a.b' , query : {} }",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var ns = context.Collection();
        var key = context.Arguments.RequiredString("key");
        if (key.Contains('\0', StringComparison.Ordinal))
        {
            throw new CommandException(31032, "Key field cannot contain an embedded null byte");
        }

        using var view = ReadViews.For(context);
        var named = view.Catalog.Find(ns);
        var source = ResolvedSource.Resolve(view.Catalog, ns);
        var query = QueryOf(context, named);
        var documents = source switch
        {
            { Collection: null } => [],
            { Stages.Count: 0 } => Ordered(new(view, source.Collection), query, key).Select(record => record.Document),
            _ => source
                .Documents(StageContext.For(context, ns, query.Collation, null, view))
                .Where(query.Filter.Matches),
        };
        var reply = new DocumentBuilder { { "values", Values(documents, new(key), query.Collation) } };
        if (source.Stages.Count > 0)
        {
            return ViewReply.End(reply);
        }

        return ReadViews.ToldTime(context, view) is { } time && source.Collection is not null
            ? reply.Add("atClusterTime", time).Build()
            : reply.Build();
    }

    /// <summary>The query a <c>distinct</c> asks for.</summary>
    internal static DocumentQuery QueryOf(CommandContext context, CollectionInfo? collection) =>
        new(
            context,
            context.Arguments.Document("query") ?? RawDocument.Empty,
            context.Arguments.Document("collation"),
            collection: collection
        )
        {
            Hint = context.Arguments["hint"],
        };

    /// <summary>The index whose order gives all values of a field without reading more than keys, if there is one.</summary>
    internal static PlannedIndex? IndexFor(CollectionReader reader, DocumentQuery query, string key) =>
        query.Filter.Source.IsEmpty && query.Hint.IsMissing
            ? PlannedIndex
                .Of(reader)
                .FirstOrDefault(index =>
                    index is { Info: not null, IsMultikey: false, IsComplete: true }
                    && index.Parts[0].Path.Text == key
                    && !index.Parts[0].IsHashed
                    && ReferenceEquals(index.Keys.Collation, query.Collation)
                )
            : null;

    private static IEnumerable<StoredRecord> Ordered(CollectionReader reader, DocumentQuery query, string key) =>
        IndexFor(reader, query, key) is { } index ? DistinctScan.Records(reader, index) : query.Find(reader);

    private static RawValue Values(IEnumerable<RawDocument> documents, FieldPath path, IStringCollation? collation)
    {
        var values = new SortedSet<RawValue>(new ValueComparer(collation));
        long bytes = 0;
        foreach (var document in documents)
        {
            foreach (var value in Along(document, path, 0))
            {
                bytes += values.Add(value) ? value.Bytes.Length : 0;
            }

            if (bytes > BytesMax)
            {
                throw new CommandException(17217, "distinct too big, 16mb cap");
            }
        }

        return RawValue.Array(values);
    }

    /// <summary>The values at a path: through arrays by element, and by place where the path names one.</summary>
    private static IEnumerable<RawValue> Along(RawDocument document, FieldPath path, int index)
    {
        var value = document[path.Part(index)];
        if (value.Type == BsonType.Array)
        {
            return value.AsDocument.SelectMany(element => AlongElement(element, path, index + 1));
        }

        return path.IsLast(index) ? (value.IsMissing ? [] : [value])
            : value.Type == BsonType.Document ? Along(value.AsDocument, path, index + 1)
            : [];
    }

    private static IEnumerable<RawValue> AlongElement(RawElement element, FieldPath path, int index)
    {
        if (index == path.Length)
        {
            return [element.Value];
        }

        if (path.IsPlace(index, element))
        {
            return path.IsLast(index) ? [element.Value]
                : element.Type == BsonType.Document ? Along(element.Value.AsDocument, path, index + 1)
                : [];
        }

        return element.Type == BsonType.Document && !path.IsIndex(index)
            ? Along(element.Value.AsDocument, path, index)
            : [];
    }
}
