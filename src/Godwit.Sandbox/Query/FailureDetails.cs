using Godwit.Bson;
using Godwit.Sandbox.Query.Schema;

namespace Godwit.Sandbox.Query;

/// <summary>Says of a document that does not match a validator which of its conditions failed, on what values and why.</summary>
internal sealed class FailureDetails(QueryContext context, RawDocument document)
{
    /// <summary>The details for a filter that does not match.</summary>
    internal RawDocument Of(RawDocument filter)
    {
        List<RawDocument> conditions = [.. ConditionList.Of(filter)];
        return conditions.Count == 1 ? OfCondition(conditions[0]) : Clauses("$and", conditions, wanted: false);
    }

    private RawDocument OfCondition(RawDocument condition)
    {
        var element = condition.First();
        switch (element.Name)
        {
            case "$or":
                return Clauses("$or", Parts(element), wanted: false);
            case "$nor":
                return Clauses("$nor", Parts(element), wanted: true);
            case "$jsonSchema":
                return SchemaDetails.Of(element.Value.AsDocument, document, context);
            case "$expr":
                return Begin("$expr", condition)
                    .Add("reason", "expression did not match")
                    .Add("expressionResult", context.ParseExpression!(element.Value)(document))
                    .Build();
            default:
                return ConditionList.Test(condition) is { } test ? OfTest(condition, test.Path, test.Test) : condition;
        }
    }

    private RawDocument Clauses(string name, IReadOnlyList<RawDocument> parts, bool wanted)
    {
        var clauses = new ArrayBuilder();
        for (var i = 0; i < parts.Count; i++)
        {
            if (Filter.Parse(parts[i], context).Matches(document) == wanted)
            {
                var details = wanted ? Begin("$and", parts[i]).Build() : Of(parts[i]);
                clauses.Add(new DocumentBuilder { { "index", i }, { "details", details } });
            }
        }

        return new DocumentBuilder
        {
            { "operatorName", name },
            { wanted ? "clausesSatisfied" : "clausesNotSatisfied", clauses.Build() },
        }.Build();
    }

    private RawDocument OfTest(RawDocument condition, string path, RawElement test)
    {
        var builder = Begin(test.Name, condition);
        List<RawValue> values = [.. Values(document, new(path), 0)];
        if (test.NameIs("$exists"))
        {
            return builder.Add("reason", test.Value.IsTruthy() ? "path does not exist" : "path does exist").Build();
        }

        if (values.Count == 0)
        {
            return builder.Add("reason", "field was missing").Build();
        }

        builder.Add("reason", Reason(test.Name));
        return values.Count == 1
            ? builder.Add("consideredValue", values[0]).Add("consideredType", TypeFor(test, values[0])).Build()
            : builder.Add("consideredValues", RawValue.Array(values)).Build();
    }

    private static RawValue TypeFor(RawElement test, RawValue value) =>
        test.NameIs("$type") ? BsonTypeNames.NameOf(value.Type) : default(RawValue);

    private static string Reason(string name) =>
        name switch
        {
            "$eq" or "$gt" or "$gte" or "$lt" or "$lte" or "$ne" => "comparison failed",
            "$in" => "no matching value found in array",
            "$nin" => "matching value found in array",
            "$type" => "type did not match",
            "$regex" => "regular expression did not match",
            "$mod" => "$mod did not evaluate to expected remainder",
            "$size" => "array length was not equal to given size",
            "$all" => "array did not contain all specified values",
            "$elemMatch" => "array did not satisfy the child predicate",
            "$not" => "child expression matched",
            _ => "bitwise operator failed to match",
        };

    private static IEnumerable<RawValue> Values(RawDocument document, FieldPath path, int index)
    {
        var value = document[path.Part(index)];
        return path.IsLast(index)
            ? (value.IsMissing ? [] : [value])
            : value.Type switch
            {
                BsonType.Document => Values(value.AsDocument, path, index + 1),
                BsonType.Array => value
                    .AsDocument.Values()
                    .Where(item => item.Type == BsonType.Document)
                    .SelectMany(item => Values(item.AsDocument, path, index + 1)),
                _ => [],
            };
    }

    private static List<RawDocument> Parts(RawElement element) =>
        [.. element.Value.AsDocument.Values().Select(part => part.AsDocument)];

    private static DocumentBuilder Begin(string name, RawDocument specified) =>
        new() { { "operatorName", name }, { "specifiedAs", specified } };
}
