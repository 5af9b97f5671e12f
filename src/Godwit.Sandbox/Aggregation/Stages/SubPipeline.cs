using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>A pipeline on another collection, run once for each document of the pipeline it stands in.</summary>
internal sealed class SubPipeline
{
    private readonly StageContext outer;
    private readonly StageContext inner;
    private readonly Namespace ns;
    private readonly Pipeline pipeline;
    private readonly List<(VariableSlot Slot, Func<RawDocument, RawValue> Value)> variables = [];

    internal SubPipeline(
        StageContext outer,
        PipelinePlace place,
        Namespace ns,
        IReadOnlyList<RawDocument> stages,
        RawDocument let
    )
    {
        this.outer = outer;
        this.ns = ns;
        var expressions = outer.Expressions;
        foreach (var variable in let)
        {
            ExpressionContext.CheckVariableName(variable.Name);
            var value = outer.Expression(variable.Value);
            expressions = expressions.Declare(variable.Name, out var slot);
            variables.Add((slot, value));
        }

        inner = outer.Inside(place, ns, expressions);
        pipeline = Pipeline.Parse(stages, inner);
    }

    /// <summary>The documents of the other collection that match, through the pipeline, with the variables an outer document gives.</summary>
    internal IEnumerable<RawDocument> Run(RawDocument document, RawDocument match)
    {
        inner.Scope.Current = variables.Aggregate(
            outer.Scope.Current,
            (bound, variable) => bound.Bind(variable.Slot, variable.Value(document))
        );
        return pipeline.Run(pipeline.HasSource ? [] : ForeignDocuments.Read(inner, ns, match));
    }

    /// <summary>The stages in the value of <c>pipeline</c>.</summary>
    internal static IReadOnlyList<RawDocument> StagesOf(RawValue value)
    {
        if (value.Type != BsonType.Array)
        {
            throw new CommandException(ErrorCode.TypeMismatch, "'pipeline' option must be specified as an array");
        }

        var stages = new List<RawDocument>();
        foreach (var stage in value.AsDocument.Values())
        {
            stages.Add(
                stage.Type == BsonType.Document
                    ? stage.AsDocument
                    : throw new CommandException(
                        ErrorCode.TypeMismatch,
                        "Each element of the 'pipeline' array must be an object"
                    )
            );
        }

        return stages;
    }
}
