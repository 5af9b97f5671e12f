using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>A parsed pipeline.</summary>
internal sealed class Pipeline
{
    private const int LengthMax = 1000;
    private readonly List<Stage> stages = [];
    private readonly List<StageKind> kinds = [];

    private Pipeline() { }

    /// <summary>The stage that writes the results somewhere; <see langword="null"/> where they go to the client.</summary>
    internal WriteStage? Target => stages.Count > 0 ? stages[^1] as WriteStage : null;

    /// <summary>Whether the first stage has documents of its own.</summary>
    internal bool HasSource => stages is [SourceStage, ..];

    /// <summary>The stages.</summary>
    internal IReadOnlyList<Stage> Stages => stages;

    /// <summary>Reads a pipeline, refusing what MongoDB refuses with its codes.</summary>
    internal static Pipeline Parse(IReadOnlyList<RawDocument> definitions, StageContext context)
    {
        if (definitions.Count > LengthMax)
        {
            throw new CommandException(7749501, $"Pipeline length must be no longer than {LengthMax} stages.");
        }

        var pipeline = new Pipeline();
        foreach (var definition in definitions)
        {
            pipeline.kinds.Add(KindOf(definition));
        }

        for (var i = 0; i < definitions.Count; i++)
        {
            CheckPlace(pipeline.kinds[i], context);
            pipeline.stages.Add(pipeline.kinds[i].Parse(definitions[i].First().Value, context));
            pipeline.CheckPosition(i, definitions.Count, context);
        }

        pipeline.JoinSortsAndLimits();
        return pipeline;
    }

    /// <summary>The name of a stage, once it is known to be one.</summary>
    internal static StageKind KindOf(RawDocument definition) =>
        definition.Count() == 1
            ? StageTable.Find(definition.First().Name)
            : throw new CommandException(
                40323,
                "A pipeline stage specification object must contain exactly one field."
            );

    /// <summary>Takes documents through all stages, or those from <paramref name="from"/> on.</summary>
    internal IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input, int from = 0) =>
        stages.Skip(from).Aggregate(input, (documents, stage) => stage.Run(documents));

    /// <summary>Takes one document through stages that neither add nor merge documents; <see langword="null"/> if it is dropped.</summary>
    internal Func<RawDocument, RawDocument?> PerDocument()
    {
        Func<RawDocument, RawDocument?>[] steps = [.. stages.OfType<MapStage>().Select(stage => stage.Map)];
        return document =>
        {
            RawDocument? current = document;
            foreach (var step in steps)
            {
                if (current is not { } present)
                {
                    return null;
                }

                current = step(present);
            }

            return current;
        };
    }

    private static void CheckPlace(StageKind kind, StageContext context)
    {
        switch (context.Place)
        {
            case PipelinePlace.ChangeStream when !kind.IsAllowedInChangeStream:
                throw new CommandException(
                    ErrorCode.IllegalOperation,
                    $"{kind.Name} is not permitted in a $changeStream pipeline"
                );
            case PipelinePlace.Facet when kind.IsKeptFromFacet:
                throw new CommandException(40600, $"{kind.Name} is not allowed to be used within a $facet stage");
            case PipelinePlace.Lookup when !kind.IsAllowedInSubPipeline:
                throw new CommandException(51047, $"{kind.Name} is not allowed within a $lookup's sub-pipeline");
            case PipelinePlace.Union when !kind.IsAllowedInSubPipeline:
                throw new CommandException(31441, $"{kind.Name} is not allowed within a $unionWith's sub-pipeline");
            default:
                break;
        }

        if (!context.Command.Session.IsTransaction)
        {
            return;
        }

        if (kind.Writes)
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                $"{kind.Name} cannot be used in a transaction"
            );
        }

        if (!kind.IsAllowedInTransaction)
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                $"Stage not supported inside of a multi-document transaction: {kind.Name}"
            );
        }
    }

    private void CheckPosition(int index, int count, StageContext context)
    {
        var kind = kinds[index];
        if (kind.IsFirst && index > 0)
        {
            throw new CommandException(40602, $"{kind.Name} is only valid as the first stage in a pipeline");
        }

        if (kind.Writes && index < count - 1)
        {
            throw new CommandException(40601, $"{kind.Name} can only be the final stage in the pipeline");
        }

        if (index > 0 || context.Place != PipelinePlace.Command)
        {
            return;
        }

        if (context.Namespace.Collection.Length == 0 && !kind.IsCollectionless)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"{{aggregate: 1}} is not valid for '{kind.Name}'; a collection is required."
            );
        }

        if (context.Namespace.Collection.Length > 0 && kind.IsCollectionless)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"'{kind.Name}' can only be run with {{aggregate: 1}}"
            );
        }
    }

    /// <summary>A sort of which only the first documents are used need not keep the others.</summary>
    private void JoinSortsAndLimits()
    {
        for (var i = 0; i + 1 < stages.Count; i++)
        {
            if (stages[i] is SortStage sort)
            {
                sort.Limit = stages[i + 1] switch
                {
                    LimitStage limit => limit.Count,
                    SkipStage skip when i + 2 < stages.Count && stages[i + 2] is LimitStage limit => skip.Count
                    > long.MaxValue - limit.Count
                        ? long.MaxValue
                        : skip.Count + limit.Count,
                    _ => long.MaxValue,
                };
            }
        }
    }
}
