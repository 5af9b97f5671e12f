using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$unionWith</c>: the documents of another collection after those of this one.</summary>
internal sealed class UnionStage(SubPipeline other) : Stage
{
    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type is not (BsonType.String or BsonType.Document))
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"the $unionWith stage specification must be an object or string, but found {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var (name, stages) = value.Type == BsonType.String ? (value.AsString, []) : ParseObject(value.AsDocument);
        var ns = new Namespace(context.Namespace.Database, name);
        return new UnionStage(new(context, PipelinePlace.Union, ns, stages, RawDocument.Empty));
    }

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        foreach (var document in input)
        {
            yield return document;
        }

        foreach (var document in other.Run(RawDocument.Empty, RawDocument.Empty))
        {
            yield return document;
        }
    }

    private static (string Name, IReadOnlyList<RawDocument> Stages) ParseObject(RawDocument specification)
    {
        foreach (var element in specification)
        {
            if (element.Name is not ("coll" or "pipeline"))
            {
                throw CommandErrors.UnknownField("$unionWith", element.Name);
            }
        }

        var stages = specification["pipeline"] is { IsMissing: false } pipeline ? SubPipeline.StagesOf(pipeline) : [];
        if (specification["coll"] is { Type: BsonType.String } collection)
        {
            return (collection.AsString, stages);
        }

        return stages.Count > 0 && stages[0].Has("$documents")
            ? ("", stages)
            : throw new CommandException(
                ErrorCode.FailedToParse,
                "$unionWith stage without explicit collection must have a pipeline with $documents as first stage"
            );
    }
}
