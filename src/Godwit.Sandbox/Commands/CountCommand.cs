using Godwit.Bson;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary><c>count</c>: how many documents match; without a filter from the counters.</summary>
internal sealed class CountCommand : SynchronousCommand
{
    /// <inheritdoc/>
    public override CommandTraits Traits { get; } =
        new("count")
        {
            Fields = CommandTraits.FieldSet("query", "limit", "skip", "hint", "collation", "fields"),
            OnSecondary = SecondaryUse.OptIn,
            TakesReadConcern = true,
            IsInApiVersion1 = true,
            Help = "count documents in collection",
        };

    /// <inheritdoc/>
    protected override RawDocument Execute(CommandContext context)
    {
        var ns = context.Collection();
        using var view = ReadViews.For(context);
        var count = Count(context, view, ns);
        count = Math.Max(0, count - (context.Arguments.NumberAtLeast("skip", 0) ?? 0));
        var limit = Math.Abs(context.Arguments.Number("limit") ?? 0);
        count = limit > 0 ? Math.Min(count, limit) : count;
        return new DocumentBuilder { { "n", (int)count } }.Build();
    }

    private static long Count(CommandContext context, ReadView view, Namespace ns)
    {
        var source = ResolvedSource.Resolve(view.Catalog, ns);
        var filter = context.Arguments.Document("query") ?? RawDocument.Empty;
        if (source.Collection is not { } collection)
        {
            return 0;
        }

        var query = new DocumentQuery(context, filter, context.Arguments.Document("collation"))
        {
            Hint = context.Arguments["hint"],
        };
        if (source.Stages.Count > 0)
        {
            var pipeline = new PipelineStages(context, query.Collation, null);
            return source.Documents(view, pipeline).LongCount(query.Filter.Matches);
        }

        return filter.IsEmpty
            ? context.Node.Sizes[collection.Ident].Records
            : query.Find(new CollectionReader(view, collection)).LongCount();
    }
}
