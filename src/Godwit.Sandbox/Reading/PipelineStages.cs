using Godwit.Bson;
using Godwit.Sandbox.Aggregation;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>The pipeline stages that look at documents one after the other, and the few that order and count them.</summary>
internal sealed class PipelineStages(CommandContext context, IStringCollation? collation, RawDocument? let)
{
    /// <summary>Takes documents through stages.</summary>
    internal IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input, IReadOnlyList<RawDocument> stages) =>
        stages.Aggregate(input, Apply);

    /// <summary>Takes one document through stages that neither add nor merge documents; <see langword="null"/> if it is dropped.</summary>
    internal Func<RawDocument, RawDocument?> PerDocument(IReadOnlyList<RawDocument> stages)
    {
        var steps = stages.Select(stage => Step(stage.First())).ToList();
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

    private IEnumerable<RawDocument> Apply(IEnumerable<RawDocument> input, RawDocument stage)
    {
        var element = stage.First();
        var value = element.Value;
        switch (element.Name)
        {
            case "$sort":
                return Sorting
                    .Sort(input.Select(document => new StoredRecord([], document)), value.AsDocument, collation)
                    .Select(record => record.Document);
            case "$skip":
                return input.Skip((int)(value.ToInt64() ?? 0));
            case "$limit":
                return input.Take((int)Math.Min(value.ToInt64() ?? 0, int.MaxValue));
            case "$count":
                return Count(input, value.AsString);
            default:
                var step = Step(element);
                return input.Select(step).OfType<RawDocument>();
        }
    }

    private Func<RawDocument, RawDocument?> Step(RawElement element)
    {
        var value = element.Value;
        switch (element.Name)
        {
            case "$match":
                var filter = Filter.Parse(value.AsDocument, QueryContexts.For(context, collation, let));
                return document => filter.Matches(document) ? document : null;
            case "$project":
                var project = Projections.Of(context, value.AsDocument);
                return document => project(document);
            case "$set" or "$addFields":
                return Set(value.AsDocument);
            case "$unset":
                return Unset(value);
            case "$replaceWith":
                return Replace(Parse(value));
            case "$replaceRoot":
                return Replace(Parse(value.AsDocument["newRoot"]));
            default:
                throw new CommandException(40324, $"Unrecognized pipeline stage name: '{element.Name}'");
        }
    }

    private Func<RawDocument, RawDocument?> Set(RawDocument fields)
    {
        var expressions = fields.Select(field => (field.Name, Expression: Parse(field.Value))).ToList();
        return document =>
        {
            var values = expressions.ToDictionary(
                pair => pair.Name,
                pair => pair.Expression.Evaluate(document, Variables.Empty),
                StringComparer.Ordinal
            );
            var builder = new DocumentBuilder(document.Length + 64);
            foreach (var element in document)
            {
                var isSet = values.Remove(element.Name, out var value);
                _ = isSet ? builder.Add(element.NameUtf8.Span, value) : builder.Add(element);
            }

            foreach (var (name, _) in expressions.Where(pair => values.ContainsKey(pair.Name)))
            {
                builder.Add(name, values[name]);
            }

            return builder.Build();
        };
    }

    private static Func<RawDocument, RawDocument?> Unset(RawValue fields)
    {
        var names =
            fields.Type == BsonType.String
                ? [fields.AsString]
                : fields.AsDocument.Values().Select(field => field.AsString).ToHashSet(StringComparer.Ordinal);
        return document =>
        {
            var builder = new DocumentBuilder(document.Length);
            foreach (var element in document)
            {
                if (!names.Contains(element.Name))
                {
                    builder.Add(element);
                }
            }

            return builder.Build();
        };
    }

    private static Func<RawDocument, RawDocument?> Replace(Expression expression) =>
        document =>
            expression.Evaluate(document, Variables.Empty) is { Type: BsonType.Document } root
                ? root.AsDocument
                : throw new CommandException(
                    40228,
                    "'newRoot' expression must evaluate to an object, but resulting value was not one"
                );

    private static IEnumerable<RawDocument> Count(IEnumerable<RawDocument> input, string field)
    {
        var count = input.LongCount();
        if (count > 0)
        {
            yield return new DocumentBuilder
            {
                { field, count <= int.MaxValue ? RawValue.Int32((int)count) : RawValue.Int64(count) },
            }.Build();
        }
    }

    private Expression Parse(RawValue value) =>
        Expression.Parse(value, QueryContexts.Expressions(context, collation, let)).Optimize();
}
