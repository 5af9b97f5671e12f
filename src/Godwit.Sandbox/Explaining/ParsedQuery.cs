using Godwit.Bson;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Explaining;

/// <summary>A filter in the form in which the server shows that it understood it: every condition with its operator.</summary>
internal static class ParsedQuery
{
    internal static RawDocument Of(RawDocument filter)
    {
        List<RawDocument> conditions = [.. ConditionList.Of(filter).Select(Shown)];
        return conditions.Count switch
        {
            0 => RawDocument.Empty,
            1 => conditions[0],
            _ => new DocumentBuilder { { "$and", RawValue.Array(conditions.Select(RawValue.Document)) } }.Build(),
        };
    }

    /// <summary>The same with every value replaced by its type: equal for queries of one shape.</summary>
    internal static string Shape(RawValue value) =>
        value.Type switch
        {
            BsonType.Document => "{"
                + string.Join(',', value.AsDocument.Select(e => e.Name + ":" + Shape(e.Value)))
                + "}",
            BsonType.Array => "[" + string.Join(',', value.AsDocument.Values().Select(Shape).Distinct()) + "]",
            _ => BsonTypeNames.NameOf(value.Type),
        };

    private static RawDocument Shown(RawDocument condition)
    {
        if (ConditionList.Test(condition) is { } found)
        {
            return new DocumentBuilder { { found.Path, new DocumentBuilder().Add(found.Test) } }.Build();
        }

        var (name, value) = (condition.First().Name, condition.First().Value);
        if (name is not ("$or" or "$nor") || value.Type != BsonType.Array)
        {
            return condition;
        }

        var parts = value.AsDocument.Values().Select(part => (RawValue)Of(part.AsDocument));
        return new DocumentBuilder { { name, RawValue.Array(parts) } }.Build();
    }
}
