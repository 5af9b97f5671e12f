using Godwit.Bson;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>Keywords about arrays.</summary>
internal static class SchemaArrayKeywords
{
    internal static Func<RawValue, bool>? Parse(RawDocument schema, RawElement element, QueryContext context)
    {
        switch (element.Name)
        {
            case "minItems":
                var least = SchemaErrors.Count(element);
                return value => value.Type != BsonType.Array || value.AsDocument.Count() >= least;
            case "maxItems":
                var most = SchemaErrors.Count(element);
                return value => value.Type != BsonType.Array || value.AsDocument.Count() <= most;
            case "uniqueItems":
                if (element.Type != BsonType.Boolean)
                {
                    throw SchemaErrors.TypeMismatch("uniqueItems", "a boolean");
                }

                return value => value.Type != BsonType.Array || !element.Value.AsBoolean || AreUnique(value, context);
            case "items":
                return Items(element, context);
            case "additionalItems":
                return AdditionalItems(schema, element, context);
            default:
                return null;
        }
    }

    private static bool AreUnique(RawValue array, QueryContext context)
    {
        var seen = new HashSet<RawValue>(new ValueComparer(context.Collation));
        return array.AsDocument.Values().All(seen.Add);
    }

    private static Func<RawValue, bool> Items(RawElement element, QueryContext context)
    {
        if (element.Type == BsonType.Array)
        {
            var schemas = element.Value.AsDocument.IsEmpty ? [] : SchemaErrors.Schemas(element, context);
            return value =>
                value.Type != BsonType.Array
                || value.AsDocument.Values().Zip(schemas).All(pair => pair.Second.Accepts(pair.First));
        }

        var each = SchemaErrors.Schema(element, context);
        return value => value.Type != BsonType.Array || value.AsDocument.Values().All(each.Accepts);
    }

    private static Func<RawValue, bool> AdditionalItems(RawDocument schema, RawElement element, QueryContext context)
    {
        var items = schema["items"];
        var first = items.Type == BsonType.Array ? items.AsDocument.Count() : int.MaxValue;
        if (element.Type == BsonType.Boolean)
        {
            return value =>
                value.Type != BsonType.Array || element.Value.AsBoolean || value.AsDocument.Count() <= first;
        }

        var rest = SchemaErrors.Schema(element, context);
        return value => value.Type != BsonType.Array || value.AsDocument.Values().Skip(first).All(rest.Accepts);
    }
}
