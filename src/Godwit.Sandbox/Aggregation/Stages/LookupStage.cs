using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$lookup</c>: to each document an array of those of another collection that belong to it.</summary>
internal sealed class LookupStage : Stage
{
    private readonly string[] target;
    private readonly Query.FieldPath? localField;
    private readonly string? foreignField;
    private readonly SubPipeline foreign;

    private LookupStage(LookupSpecification specification, StageContext context)
    {
        target = FieldNames.SplitPath(specification.As);
        localField = specification.LocalField is { } local ? new(local) : null;
        foreignField = specification.ForeignField;
        foreign = new(
            context,
            PipelinePlace.Lookup,
            specification.From,
            specification.Pipeline ?? [],
            specification.Let ?? RawDocument.Empty
        );
    }

    internal static Stage Parse(RawValue value, StageContext context) =>
        new LookupStage(LookupSpecification.Parse(value, context), context);

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        foreach (var document in input)
        {
            var match = localField is null ? RawDocument.Empty : Joining(document, localField);
            var found = RawValue.Array(foreign.Run(document, match).Select(RawValue.Document));
            yield return NestedFields.Set(document, target, found);
        }
    }

    /// <summary>The filter on the other collection: equal to any of the values at the local path, null where there is none.</summary>
    private RawDocument Joining(RawDocument document, Query.FieldPath path)
    {
        var values = new List<RawValue>();
        Collect(document, path, 0, values);
        if (values.Count == 0)
        {
            values.Add(RawValue.Null);
        }

        if (values.Exists(value => value.Type is BsonType.RegularExpression))
        {
            var either = values.Select(value =>
                RawValue.Document(
                    new DocumentBuilder
                    {
                        {
                            foreignField!,
                            new DocumentBuilder { { "$eq", value } }
                        },
                    }.Build()
                )
            );
            return new DocumentBuilder { { "$or", RawValue.Array(either) } }.Build();
        }

        return new DocumentBuilder
        {
            {
                foreignField!,
                new DocumentBuilder { { "$in", RawValue.Array(values) } }
            },
        }.Build();
    }

    private static void Collect(RawDocument document, Query.FieldPath path, int index, List<RawValue> values)
    {
        var value = document[path.Part(index)];
        var isLast = path.IsLast(index);
        if (value.Type == BsonType.Array)
        {
            foreach (var item in value.AsDocument.Values())
            {
                CollectItem(item, path, index, values);
            }
        }
        else if (!value.IsMissing && isLast)
        {
            values.Add(Comparable(value));
        }
        else if (value.Type == BsonType.Document)
        {
            Collect(value.AsDocument, path, index + 1, values);
        }
    }

    private static void CollectItem(RawValue item, Query.FieldPath path, int index, List<RawValue> values)
    {
        if (path.IsLast(index))
        {
            values.Add(Comparable(item));
        }
        else if (item.Type == BsonType.Document)
        {
            Collect(item.AsDocument, path, index + 1, values);
        }
    }

    // Undefined may not stand in a filter.
    private static RawValue Comparable(RawValue value) => value.Type == BsonType.Undefined ? RawValue.Null : value;
}
