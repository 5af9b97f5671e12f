using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Where the documents of a pipeline come from: its first stages are left to the query planner where it can do them.</summary>
/// <param name="Query">What the collection is asked for; <see langword="null"/> where the documents come from elsewhere.</param>
/// <param name="StagesDone">How many of the stages the query stands for.</param>
internal sealed record PipelineSource(DocumentQuery? Query, int StagesDone)
{
    /// <summary>Looks at the first stages.</summary>
    internal static PipelineSource Of(
        StageContext context,
        Pipeline pipeline,
        IReadOnlyList<RawDocument> definitions,
        ResolvedSource source
    )
    {
        if (pipeline.HasSource || source.Collection is null || source.Stages.Count > 0)
        {
            return new(null, 0);
        }

        var done = 0;
        var filter = RawDocument.Empty;
        if (definitions.Count > 0 && definitions[0].First().NameIs("$match"))
        {
            filter = definitions[0].First().Value.AsDocument;
            done++;
        }

        RawDocument? sort = null;
        var limit = long.MaxValue;
        if (done < definitions.Count && pipeline.Stages[done] is SortStage stage)
        {
            sort = definitions[done].First().Value.AsDocument;
            limit = stage.Limit;
            done++;
        }

        var query = new DocumentQuery(context.Query, filter)
        {
            Hint = context.Command.Arguments["hint"],
            Sort = sort,
            Limit = limit,
            AllowsDiskUse = context.AllowsDiskUse,
        };
        return new(query, done);
    }

    /// <summary>The results of the whole pipeline.</summary>
    internal IEnumerable<RawDocument> Run(StageContext context, Pipeline pipeline, ResolvedSource source)
    {
        if (Query is null)
        {
            return pipeline.Run(pipeline.HasSource ? [] : source.Documents(context));
        }

        var reader = new CollectionReader(context.View!, source.Collection!);
        if (StagesDone == 0 && !reader.LeavesOut && pipeline.Stages is [SampleStage sample, ..])
        {
            var records = context.Command.Node.Sizes[reader.Collection.Ident].Records;
            if (RandomRecords.CanDraw(reader, sample.Count, records))
            {
                return pipeline.Run(RandomRecords.Draw(reader, sample.Count).Select(record => record.Document), 1);
            }
        }

        return pipeline.Run(Query.Find(reader).Select(record => record.Document), StagesDone);
    }
}
