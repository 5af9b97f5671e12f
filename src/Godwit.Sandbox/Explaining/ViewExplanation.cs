using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Sharding;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Explaining;

/// <summary>
/// Explains reads of views, which measurements of time-series collections are too: as the pipelines that MongoDB makes of them
/// (query_request_helper.cpp, count_cmd_helper.cpp, parsed_distinct_command.cpp: asAggregationCommand).
/// </summary>
internal static class ViewExplanation
{
    /// <summary>The explanation; <see langword="null"/> where what is read is no view.</summary>
    internal static RawDocument? TryExplain(CommandContext context, ExplainVerbosity verbosity)
    {
        var ns = context.Collection();
        using (var view = ReadViews.For(context))
        {
            if (ResolvedSource.Resolve(view, ns).Stages.Count == 0)
            {
                return null;
            }
        }

        return AggregateExplanation.Of(context, ns, AsAggregate(context), verbosity);
    }

    /// <summary>The aggregation that a <c>find</c>, <c>count</c> or <c>distinct</c> of a view is.</summary>
    internal static RawDocument AsAggregate(CommandContext context)
    {
        var stages = context.Traits.Name switch
        {
            "find" => ViewRouting.StagesOfFind(context),
            "count" => StagesOfCount(context.Arguments),
            _ => StagesOfDistinct(context.Arguments),
        };
        return new DocumentBuilder
        {
            { "aggregate", context.Collection().Collection },
            { "pipeline", RawValue.Array(stages.Select(RawValue.Document)) },
            { "cursor", RawDocument.Empty },
            { "collation", context.Body["collation"] },
            { "let", context.Body["let"] },
        }.Build();
    }

    private static List<RawDocument> StagesOfCount(CommandArguments arguments)
    {
        var stages = Matching(arguments);
        foreach (var field in (string[])["skip", "limit"])
        {
            if (arguments.Number(field) is { } number and not 0)
            {
                stages.Add(new DocumentBuilder { { "$" + field, (long)Math.Abs(number) } }.Build());
            }
        }

        stages.Add(new DocumentBuilder { { "$count", "count" } }.Build());
        return stages;
    }

    private static List<RawDocument> StagesOfDistinct(CommandArguments arguments)
    {
        var path = "$" + arguments.RequiredString("key");
        var unwind = new DocumentBuilder { { "path", path }, { "preserveNullAndEmptyArrays", true } };
        var group = new DocumentBuilder
        {
            { "_id", RawValue.Null },
            {
                "distinct",
                new DocumentBuilder { { "$addToSet", path } }
            },
        };
        return
        [
            .. Matching(arguments),
            new DocumentBuilder { { "$unwind", unwind } }.Build(),
            new DocumentBuilder { { "$group", group } }.Build(),
        ];
    }

    private static List<RawDocument> Matching(CommandArguments arguments) =>
        arguments.Document("query") is { IsEmpty: false } query
            ? [new DocumentBuilder { { "$match", query } }.Build()]
            : [];
}
