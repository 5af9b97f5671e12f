using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Windows;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$setWindowFields</c>: fields computed from the documents around each, within its partition.</summary>
internal sealed class WindowStage(
    Func<RawDocument, RawValue>? partitionBy,
    SortPattern? order,
    IReadOnlyList<(string[] Path, WindowFunction Function)> outputs,
    StageContext context
) : Stage
{
    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"the $setWindowFields stage specification must be an object, found {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var specification = value.AsDocument;
        foreach (var element in specification)
        {
            if (element.Name is not ("partitionBy" or "sortBy" or "output"))
            {
                throw CommandErrors.UnknownField("$setWindowFields", element.Name);
            }
        }

        var arguments = new CommandArguments(specification, "$setWindowFields");
        var order = arguments.Document("sortBy") is { IsEmpty: false } sort
            ? SortPattern.Parse(sort, context.Collation)
            : null;
        var outputs = arguments
            .RequiredDocument("output")
            .Select(field =>
                (Expressions.FieldNames.SplitPath(field.Name), WindowFunctions.Parse(field, order, context))
            )
            .ToList();
        var partitionBy = specification["partitionBy"] is { IsMissing: false } by ? context.Expression(by) : null;
        return new WindowStage(partitionBy, order, outputs, context);
    }

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        if (order is not null)
        {
            input = new DocumentSorter(order)
                .Sort(input.Select(document => new StoredRecord([], document)))
                .Select(record => record.Document);
        }

        return input
            .GroupBy(Key, context.Comparer)
            .OrderBy(group => group.Key, context.Expressions.Order)
            .SelectMany(group => Computed(new([.. group], order)));
    }

    private IEnumerable<RawDocument> Computed(WindowPartition partition)
    {
        var values = outputs
            .Select(output => (output.Path, Values: output.Function(partition).GetEnumerator()))
            .ToList();
        foreach (var document in partition.Documents)
        {
            var result = document;
            foreach (var (path, next) in values)
            {
                _ = next.MoveNext();
                result = NestedFields.Set(result, path, next.Current);
            }

            yield return result;
        }
    }

    private RawValue Key(RawDocument document)
    {
        var key = partitionBy is null ? RawValue.Null : WindowFunctions.OrNull(partitionBy(document));
        return key.Type == BsonType.Array
            ? throw new CommandException(
                ErrorCode.TypeMismatch,
                "An expression used to partition cannot evaluate to value of type array"
            )
            : key;
    }
}
