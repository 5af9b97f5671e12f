using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$facet</c>: the same documents through several pipelines, the results side by side in one document.</summary>
internal sealed class FacetStage(IReadOnlyList<(string Name, Pipeline Pipeline)> facets) : Stage
{
    private const int BytesMax = 100 * 1024 * 1024;

    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document || value.AsDocument.IsEmpty)
        {
            throw new CommandException(
                40169,
                $"the $facet specification must be a non-empty object, but found: $facet: {value}"
            );
        }

        var facets = new List<(string, Pipeline)>();
        foreach (var element in value.AsDocument)
        {
            if (element.Type != BsonType.Array)
            {
                throw new CommandException(
                    40170,
                    $"arguments to $facet must be arrays, {element.Name} is type {BsonTypeNames.NameOf(element.Type)}"
                );
            }

            Query.FieldPath.Check(element.Name);
            facets.Add((element.Name, ParseFacet(element, context)));
        }

        return new FacetStage(facets);
    }

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        List<RawDocument> documents = [.. input];
        var builder = new DocumentBuilder();
        foreach (var (name, pipeline) in facets)
        {
            var results = new ArrayBuilder();
            foreach (var result in pipeline.Run(documents))
            {
                results.Add(result);
                if (builder.Length + results.Length > BytesMax)
                {
                    throw new CommandException(
                        4031700,
                        $"document constructed by $facet is {builder.Length + results.Length} bytes, which exceeds the limit of {BytesMax} bytes"
                    );
                }
            }

            builder.Add(name, results.Build());
        }

        yield return builder.Build();
    }

    private static Pipeline ParseFacet(RawElement facet, StageContext context)
    {
        var stages = new List<RawDocument>();
        foreach (var stage in facet.Value.AsDocument.Values())
        {
            stages.Add(
                stage.Type == BsonType.Document && !stage.AsDocument.IsEmpty
                    ? stage.AsDocument
                    : throw new CommandException(
                        40171,
                        $"elements of arrays in $facet spec must be non-empty objects, {facet.Name} argument contained an element of type {BsonTypeNames.NameOf(stage.Type)}: {stage}"
                    )
            );
        }

        return Pipeline.Parse(stages, context with { Place = PipelinePlace.Facet });
    }
}
