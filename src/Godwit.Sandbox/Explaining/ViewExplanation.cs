using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;
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

        var command = new DocumentBuilder
        {
            { "aggregate", ns.Collection },
            { "pipeline", RawValue.Array(Pipeline(context).Select(stage => (RawValue)stage)) },
            { "cursor", RawDocument.Empty },
        };
        return AggregateExplanation.Of(context, ns, command.Build(), verbosity);
    }

    private static List<DocumentBuilder> Pipeline(CommandContext context)
    {
        var stages = new List<DocumentBuilder>();
        var arguments = context.Arguments;
        var isFind = context.Traits.Name == "find";
        Add("$match", arguments.Document(isFind ? "filter" : "query"));
        if (context.Traits.Name == "distinct")
        {
            var path = "$" + arguments.RequiredString("key");
            stages.Add(
                new()
                {
                    {
                        "$unwind",
                        new DocumentBuilder { { "path", path }, { "preserveNullAndEmptyArrays", true } }
                    },
                }
            );
            var values = new DocumentBuilder { { "$addToSet", path } };
            stages.Add(
                new()
                {
                    {
                        "$group",
                        new DocumentBuilder { { "_id", RawValue.Null }, { "distinct", values } }
                    },
                }
            );
            return stages;
        }

        Add("$sort", isFind ? arguments.Document("sort") : null);
        AddNumber("$skip", arguments.Number("skip"));
        AddNumber("$limit", arguments.Number("limit"));
        Add("$project", isFind ? arguments.Document("projection") : null);
        if (!isFind)
        {
            stages.Add(new() { { "$count", "count" } });
        }

        return stages;

        void Add(string stage, RawDocument? content)
        {
            if (content is { IsEmpty: false } given)
            {
                stages.Add(new() { { stage, given } });
            }
        }

        void AddNumber(string stage, double? number)
        {
            if (number is { } given and not 0)
            {
                stages.Add(new() { { stage, (long)Math.Abs(given) } });
            }
        }
    }
}
