using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Commands;

/// <summary><c>listIndexes</c>: the indexes of a collection, those being built included.</summary>
internal sealed class ListIndexesCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("listIndexes")
        {
            Fields = CommandTraits.FieldSet(
                "cursor",
                "includeBuildUUIDs",
                "includeIndexBuildInfo",
                "isTimeseriesNamespace"
            ),
            OnSecondary = SecondaryUse.OptIn,
            IsInApiVersion1 = true,
            Help = "list indexes for a collection",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        using var view = context.Node.View();
        var ns = NamedByUuid.Collection(context, view);
        var collection = view.Catalog.Find(ns);
        if (collection is null)
        {
            throw new CommandException(ErrorCode.NamespaceNotFound, $"ns does not exist: {ns}");
        }

        var series = TimeSeriesCollection.Find(view.Catalog, ns);
        if (collection.IsView && series is null)
        {
            throw new CommandException(
                ErrorCode.CommandNotSupportedOnView,
                $"Namespace {ns} is a view, not a collection"
            );
        }

        var cursor = context.Arguments.Document("cursor") ?? RawDocument.Empty;
        return ListReply.Open(
            context,
            new EnumerableSource(Shown(context, series?.Buckets ?? collection, series?.Options).ToList()),
            new CursorOptions(ns) { BatchSize = (int?)cursor["batchSize"].ToInt64() ?? int.MaxValue }
        );
    }

    private static IEnumerable<RawDocument> Shown(
        CommandContext context,
        CollectionInfo collection,
        BucketOptions? options
    )
    {
        if (collection.Options["clusteredIndex"] is { Type: BsonType.Document } clustered)
        {
            yield return new DocumentBuilder().AddAll(clustered.AsDocument).Add("clustered", true).Build();
        }

        var withUuids = context.Arguments.Boolean("includeBuildUUIDs") ?? false;
        var withInfo = context.Arguments.Boolean("includeIndexBuildInfo") ?? false;
        foreach (var index in collection.Indexes)
        {
            var spec = IndexSpecs.Shown(index.Spec);
            if (options is not null)
            {
                if (TimeSeriesIndexes.FromBuckets(spec, options) is not { } seen)
                {
                    continue;
                }

                spec = seen;
            }

            if (withInfo)
            {
                yield return WithInfo(context, collection, index, spec);
            }
            else if (withUuids && index.BuildUuid is { } build)
            {
                yield return new DocumentBuilder { { "buildUUID", RawValue.Uuid(build) }, { "spec", spec } }.Build();
            }
            else
            {
                yield return spec;
            }
        }
    }

    private static RawDocument WithInfo(
        CommandContext context,
        CollectionInfo collection,
        IndexInfo index,
        RawDocument spec
    )
    {
        var shown = new DocumentBuilder();
        if (index.BuildUuid is { } build)
        {
            shown.Add(
                "indexBuildInfo",
                new DocumentBuilder
                {
                    { "buildUUID", RawValue.Uuid(build) },
                    { "method", "Hybrid" },
                    { "phase", 1 },
                    { "phaseStr", "collection scan" },
                    {
                        "opid",
                        Diagnostics.CurrentOperations.BuilderOf(context.Member, collection.Namespace) is { } builder
                            ? builder.Id
                            : RawValue.Missing
                    },
                    { "resumable", true },
                    {
                        "replicationState",
                        new DocumentBuilder { { "state", "In progress" } }
                    },
                }
            );
        }

        return shown.Add("spec", spec).Build();
    }
}
