using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary>Takes a filter apart into its single conditions.</summary>
internal static class ConditionList
{
    /// <summary>Every condition as a filter of its own, as it was written; those joined by <c>$and</c> one by one.</summary>
    internal static IEnumerable<RawDocument> Of(RawDocument filter) => filter.SelectMany(Of);

    /// <summary>The path and the operator with its value, if a condition is on one path.</summary>
    internal static (string Path, RawElement Test)? Test(RawDocument condition)
    {
        var element = condition.First();
        if (element.Name.StartsWith('$'))
        {
            return null;
        }

        var written = IsOperators(element.Value)
            ? element.Value.AsDocument
            : new DocumentBuilder
            {
                { element.Type == BsonType.RegularExpression ? "$regex" : "$eq", element.Value },
            }.Build();
        return (element.Name, written.First());
    }

    private static IEnumerable<RawDocument> Of(RawElement element)
    {
        var (name, value) = (element.Name, element.Value);
        if (name == "$and" && value.Type == BsonType.Array)
        {
            return value.AsDocument.Values().SelectMany(part => Of(part.AsDocument));
        }

        return IsOperators(value) && !name.StartsWith('$')
            ? value.AsDocument.Select(test => One(name, new DocumentBuilder().Add(test)))
            : [One(name, value)];
    }

    private static bool IsOperators(RawValue value) =>
        value.Type == BsonType.Document
        && !value.AsDocument.IsEmpty
        && value.AsDocument.First().Name.StartsWith('$')
        && !value.AsDocument.First().NameIs("$ref");

    private static RawDocument One(string name, RawValue value) => new DocumentBuilder { { name, value } }.Build();
}
