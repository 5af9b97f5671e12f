using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Commands;

/// <summary><c>listCollections</c>: the collections and views of a database.</summary>
internal sealed class ListCollectionsCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("listCollections")
        {
            Fields = CommandTraits.FieldSet(
                "cursor",
                "filter",
                "nameOnly",
                "authorizedCollections",
                "includePendingDrops"
            ),
            OnSecondary = SecondaryUse.OptIn,
            IsInApiVersion1 = true,
            NamesCollection = false,
            Help = "list collections for this db",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var nameOnly = context.Arguments.BooleanOrNumber("nameOnly") ?? false;
        var filter = context.Arguments.Document("filter") ?? RawDocument.Empty;
        var matches = Filtering.Of(filter);
        var catalog = context.Node.Catalog.Latest;
        var listed = catalog
            .InDatabase(context.Database)
            .Select(collection => Describe(catalog, collection))
            .Where(matches)
            .Select(document => nameOnly ? NameOnly(document) : document)
            .ToList();
        var cursor = context.Arguments.Document("cursor") ?? RawDocument.Empty;
        return ListReply.Open(
            context,
            new EnumerableSource(listed),
            new CursorOptions(new(context.Database, "$cmd.listCollections"))
            {
                BatchSize = (int?)cursor["batchSize"].ToInt64() ?? int.MaxValue,
            }
        );
    }

    private static RawDocument NameOnly(RawDocument document) =>
        new DocumentBuilder { { "name", document["name"] }, { "type", document["type"] } }.Build();

    private static RawDocument Describe(CatalogSnapshot catalog, CollectionInfo collection)
    {
        if (TimeSeriesCollection.Find(catalog, collection.Namespace) is { } series)
        {
            return new DocumentBuilder
            {
                { "name", collection.Namespace.Collection },
                { "type", "timeseries" },
                {
                    "options",
                    ChangeStreams.ChangeEventBuilder.Without(series.Buckets.Options, "validator", "clusteredIndex")
                },
                {
                    "info",
                    new DocumentBuilder { { "readOnly", false } }
                },
            }.Build();
        }

        var info = new DocumentBuilder { { "readOnly", collection.IsView } };
        if (!collection.IsView)
        {
            info.Add("uuid", RawValue.Uuid(collection.Uuid));
        }

        return new DocumentBuilder
        {
            { "name", collection.Namespace.Collection },
            { "type", collection.IsView ? "view" : "collection" },
            { "options", collection.Options },
            { "info", info },
            { "idIndex", collection.IdIndex is { } index ? IndexSpecs.Shown(index.Spec) : default(RawValue) },
        }.Build();
    }
}
