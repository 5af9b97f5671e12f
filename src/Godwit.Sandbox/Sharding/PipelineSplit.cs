using Godwit.Bson;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Sharding;

/// <summary>A pipeline cut in two: what each shard does with its own documents, and what the router does with all of them.</summary>
/// <param name="OnShards">The first stages.</param>
/// <param name="Order">The order in which the shards give their documents, to be kept while merging.</param>
/// <param name="OnRouter">The stages behind.</param>
internal sealed record PipelineSplit(
    IReadOnlyList<RawDocument> OnShards,
    RawDocument? Order,
    IReadOnlyList<RawDocument> OnRouter
)
{
    /// <summary>
    /// Cuts behind the first stage that needs to see the documents of all shards: a sort and a limit are done on both sides, a stage
    /// that groups or looks elsewhere on the router alone.
    /// </summary>
    internal static PipelineSplit Of(IReadOnlyList<RawDocument> stages)
    {
        var cut = 0;
        while (cut < stages.Count && IsPerDocument(stages[cut].First().Name))
        {
            cut++;
        }

        if (cut == stages.Count)
        {
            return new(stages, null, []);
        }

        var stage = stages[cut].First();
        var rest = stages.Skip(cut).ToList();
        switch (stage.Name)
        {
            case "$sort":
                return new([.. stages.Take(cut + 1), .. Limit(rest.Skip(1))], stage.Value.AsDocument, rest[1..]);
            case "$limit":
            case "$skip":
                return new([.. stages.Take(cut), .. Limit(rest)], null, rest);
            case "$sample":
                return new([.. stages.Take(cut + 1)], null, rest);
            default:
                return new([.. stages.Take(cut)], null, rest);
        }
    }

    /// <summary>The order as a sort.</summary>
    internal SortPattern? Sort(IStringCollation? collation) =>
        Order is { } order ? SortPattern.Parse(order, collation) : null;

    private static bool IsPerDocument(string stage) =>
        stage
            is "$match"
                or "$project"
                or "$addFields"
                or "$set"
                or "$unset"
                or "$unwind"
                or "$replaceRoot"
                or "$replaceWith"
                or "$redact"
                or "$collStats"
                or "$indexStats"
                or "$planCacheStats";

    /// <summary>How many documents of one shard can be wanted at most.</summary>
    private static IEnumerable<RawDocument> Limit(IEnumerable<RawDocument> rest)
    {
        long skipped = 0;
        foreach (var stage in rest)
        {
            var first = stage.First();
            if (first.NameIs("$skip") && first.Value.ToInt64() is { } skip and >= 0)
            {
                skipped += skip;
            }
            else if (first.NameIs("$limit") && first.Value.ToInt64() is { } limit and > 0)
            {
                return limit > long.MaxValue - skipped
                    ? []
                    : [new DocumentBuilder { { "$limit", limit + skipped } }.Build()];
            }
            else
            {
                return [];
            }
        }

        return [];
    }
}
