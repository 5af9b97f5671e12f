using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>First stages that tell of a collection and its indexes.</summary>
internal static class StatisticsSources
{
    /// <summary><c>$collStats</c>: figures of the newest committed data.</summary>
    internal static Stage CollectionStatistics(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(40166, $"$collStats must take a nested object but found: $collStats: {value}");
        }

        var asked = value.AsDocument;
        return new SourceStage(() => [Statistics(asked, context)]);
    }

    /// <summary><c>$indexStats</c>: every index with what it is.</summary>
    internal static Stage IndexStatistics(RawValue value, StageContext context) =>
        value.Type == BsonType.Document && value.AsDocument.IsEmpty
            ? new SourceStage(() => Indexes(context))
            : throw new CommandException(28803, "The $indexStats stage specification must be an empty object");

    private static RawDocument Statistics(RawDocument asked, StageContext context)
    {
        var node = context.Command.Node;
        var collection = Collection(context);
        if (collection is null)
        {
            throw new CommandException(
                ErrorCode.NamespaceNotFound,
                $"Unable to retrieve storageStats in $collStats stage :: caused by :: Collection [{context.Namespace}] not found."
            );
        }

        var builder = new DocumentBuilder
        {
            { "ns", context.Namespace.ToString() },
            { "shard", Shard(context) },
            { "host", context.Command.Member.Host },
            { "localTime", RawValue.DateTime(node.Options.Time.GetUtcNow()) },
        };
        if (asked.Has("storageStats"))
        {
            builder.Add("storageStats", StorageStatistics(asked["storageStats"], collection, context));
        }

        return builder
            .Add("count", asked.Has("count") ? RawValue.Narrow(node.Sizes[collection.Ident].Records) : RawValue.Missing)
            .Build();
    }

    private static RawValue StorageStatistics(RawValue asked, CollectionInfo collection, StageContext context)
    {
        var scale = asked.Type == BsonType.Document ? Math.Max(1, asked.AsDocument["scale"].ToInt64() ?? 1) : 1;
        return StorageStats.Of(context.Command.Node, collection).Describe(collection, scale);
    }

    private static IEnumerable<RawDocument> Indexes(StageContext context)
    {
        var since = RawValue.DateTime(context.Command.Member.StartedAt);
        foreach (var index in Collection(context)?.Indexes ?? [])
        {
            var uses = context.Command.Node.IndexUses.Of(index.Ident);
            var accesses = new DocumentBuilder { { "ops", uses }, { "since", since } };
            var builder = new DocumentBuilder
            {
                { "name", index.Name },
                { "key", index.Key },
                { "host", context.Command.Member.Host },
                { "accesses", accesses },
            };
            if (!index.IsReady)
            {
                builder.Add("building", true);
            }

            yield return builder.Add("shard", Shard(context)).Add("spec", index.Spec).Build();
        }
    }

    private static RawValue Shard(StageContext context) =>
        context.Command.Request.Routing is { } routing ? routing.Shard : RawValue.Missing;

    private static CollectionInfo? Collection(StageContext context)
    {
        var found = context.View?.Catalog.Find(context.Namespace);
        return found is { IsView: true }
            ? throw new CommandException(
                ErrorCode.CommandNotSupportedOnView,
                $"Namespace {context.Namespace} is a view, not a collection"
            )
            : found;
    }
}
