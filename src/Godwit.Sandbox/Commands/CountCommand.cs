using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Catalog;
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
        using var view = ReadViews.For(context);
        var ns = NamedByUuid.Collection(context, view);
        var (count, isView) = Count(context, view, ns);
        count = Math.Max(0, count - (context.Arguments.NumberAtLeast("skip", 0) ?? 0));
        var limit = Math.Abs(context.Arguments.Number("limit") ?? 0);
        count = limit > 0 ? Math.Min(count, limit) : count;
        var reply = new DocumentBuilder { { "n", RawValue.Narrow(count) } };
        return isView ? ViewReply.End(reply) : reply.Build();
    }

    /// <summary>The query a <c>count</c> asks for.</summary>
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

    private static (long Count, bool IsView) Count(CommandContext context, ReadView view, Namespace ns)
    {
        var source = ResolvedSource.Resolve(view.Catalog, ns);
        if (source.Collection is not { } collection)
        {
            return (0, false);
        }

        var query = QueryOf(context, view.Catalog.Find(ns));
        if (source.Stages.Count > 0)
        {
            var place = StageContext.For(context, ns, query.Collation, null, view);
            return (source.Documents(place).LongCount(query.Filter.Matches), true);
        }

        var reader = new CollectionReader(view, collection);
        var isAll =
            !reader.LeavesOut
            && query.Filter.Source.IsEmpty
            && query.Hint.IsMissing
            && context.ReadConcern.Level != ReadConcernLevel.Snapshot;
        return isAll ? (context.Node.Sizes[collection.Ident].Records, false) : (query.Find(reader).LongCount(), false);
    }
}
