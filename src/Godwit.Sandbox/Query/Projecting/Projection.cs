using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Projecting;

/// <summary>A parsed projection.</summary>
internal sealed class Projection
{
    private readonly ProjectionNode root;
    private readonly bool isInclusion;
    private readonly List<ArrayCut> cuts;
    private readonly Filter? filter;

    private Projection(ProjectionParser parser, Filter? filter)
    {
        root = parser.Root;
        isInclusion = parser.IsInclusion;
        cuts = parser.Cuts;
        this.filter = filter;
    }

    /// <summary>Reads a projection.</summary>
    /// <param name="projection">Not empty.</param>
    /// <param name="context">How expressions are read.</param>
    /// <param name="filter">The query's filter, which decides what <c>$</c> means.</param>
    /// <param name="sort">The query's sort, for <c>{$meta: "sortKey"}</c>.</param>
    internal static Projection Parse(
        RawDocument projection,
        QueryContext context,
        Filter? filter = null,
        SortPattern? sort = null
    )
    {
        var parser = new ProjectionParser(
            context,
            (kind, document) =>
                kind switch
                {
                    "textScore" => throw new CommandException(
                        40218,
                        "query requires text score metadata, but it is not available"
                    ),
                    "sortKey" when sort is { IsEmpty: false } => RawValue.Array(sort.KeyOf(document)),
                    "randVal" => Random.Shared.NextDouble(),
                    _ => default,
                }
        );
        parser.Parse(projection);
        return new(parser, filter);
    }

    /// <summary>Reads a projection of the stage <c>$project</c>: no cuts of arrays, at least one field.</summary>
    internal static Projection ParseStage(RawDocument projection, QueryContext context)
    {
        if (projection.IsEmpty)
        {
            throw new CommandException(51272, "projection specification must have at least one field");
        }

        var parser = new ProjectionParser(context, (_, _) => default, isStage: true);
        parser.Parse(projection);
        return new(parser, null);
    }

    internal RawDocument Apply(RawDocument document)
    {
        var result = isInclusion ? root.Include(document, document) : root.Exclude(document, document);
        if (cuts.Count == 0)
        {
            return result;
        }

        int? index = null;
        if (filter is not null && cuts.Exists(cut => !cut.IsSlice))
        {
            _ = filter.Matches(document, out index);
        }

        foreach (var cut in cuts)
        {
            result = cut.Apply(result, index);
        }

        return result;
    }
}
