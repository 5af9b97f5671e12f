using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Sharding;

/// <summary>Views over sharded collections: only routers can read them, by the view's stages on the collection beneath.</summary>
/// <param name="Collection">The collection beneath.</param>
/// <param name="Stages">The stages of the views on the way to it.</param>
/// <param name="View">The view's name.</param>
internal sealed record ViewRouting(Namespace Collection, IReadOnlyList<RawDocument> Stages, Namespace View)
{
    /// <summary>Whether its documents lie in buckets, so that filters on them say nothing of where they are.</summary>
    internal bool IsPacked => Asked != Collection;

    /// <summary>The name under which the shards are asked.</summary>
    internal Namespace Asked { get; init; } = Collection;

    /// <summary>What a view stands for.</summary>
    internal static readonly ShardTask FollowTask = ShardTask.Of(
        "followView",
        (member, input) =>
            Follow(member, input.Namespace) is { } view
                ? new()
                {
                    { "beneath", view.Collection.ToString() },
                    { "stages", RawValue.Array(view.Stages.Select(RawValue.Document)) },
                }
                : []
    );

    /// <summary>Whether a name is that of a view, or of measurements.</summary>
    internal static async ValueTask<bool> IsViewAsync(Router router, Namespace ns, CancellationToken cancellationToken)
    {
        if (router.HomeOf(ns) is not { } home || router.Table.Find(ns) is { IsUnsplittable: false })
        {
            return false;
        }

        var found = await home.DoAsync(FollowTask, new() { { "ns", ns.ToString() } }, cancellationToken)
            .ConfigureAwait(false);
        return found.Has("beneath");
    }

    /// <summary>What a name stands for, if it is a view over a sharded collection.</summary>
    internal static async ValueTask<ViewRouting?> FindShardedAsync(
        Router router,
        ShardServer home,
        Namespace ns,
        CancellationToken cancellationToken
    )
    {
        var found = await home.DoAsync(FollowTask, new() { { "ns", ns.ToString() } }, cancellationToken)
            .ConfigureAwait(false);
        if (found["beneath"] is not { Type: BsonType.String } beneath)
        {
            return null;
        }

        IReadOnlyList<RawDocument> stages = [.. found["stages"].AsDocument.Values().Select(stage => stage.AsDocument)];
        var collection = Namespace.Parse(beneath.AsString);
        if (stages.Count == 0 || router.Table.Find(collection) is not { IsUnsplittable: false })
        {
            return null;
        }

        // Shards unpack buckets under the name of their measurements.
        return stages[0].Has("$_internalUnpackBucket")
            ? new(collection, [.. stages.Skip(1)], ns) { Asked = TimeSeriesCollection.ViewOf(collection) }
            : new(collection, stages, ns);
    }

    /// <summary>The stages that stand for a <c>find</c> on a view.</summary>
    internal static IReadOnlyList<RawDocument> StagesOfFind(CommandContext context)
    {
        var arguments = context.Arguments;
        var stages = new List<RawDocument>();
        Add(stages, "$match", arguments.Document("filter"));
        Add(stages, "$sort", arguments.Document("sort"));
        if (arguments.NumberAtLeast("skip", 0) is { } skip and > 0)
        {
            stages.Add(new DocumentBuilder { { "$skip", skip } }.Build());
        }

        if (arguments.NumberAtLeast("limit", 0) is { } limit and > 0)
        {
            stages.Add(new DocumentBuilder { { "$limit", limit } }.Build());
        }

        Add(stages, "$project", arguments.Document("projection"));
        return stages;
    }

    private static void Add(List<RawDocument> stages, string name, RawDocument? value)
    {
        if (value is { IsEmpty: false } given)
        {
            stages.Add(new DocumentBuilder { { name, given } }.Build());
        }
    }

    private static ViewRouting? Follow(Member member, Namespace ns)
    {
        var catalog = member.Node.Catalog.Latest;
        if (catalog.Find(ns) is not { IsView: true } view)
        {
            return null;
        }

        // The collection beneath need not be on the shard that has the view.
        var stages = new List<RawDocument>();
        var beneath = ns;
        for (var current = view; current is { IsView: true }; current = catalog.Find(beneath))
        {
            stages.InsertRange(0, current.Options["pipeline"].AsDocument.Values().Select(stage => stage.AsDocument));
            beneath = new(ns.Database, current.Options["viewOn"].AsString);
            _ = stages.Count > 1000 ? ResolvedSource.Resolve(catalog, ns) : null;
        }

        return new(beneath, stages, ns);
    }
}
