using Godwit.Bson;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>Keywords that combine schemas, and those that only describe.</summary>
internal static class SchemaLogicKeywords
{
    internal static Func<RawValue, bool>? Parse(RawElement element, QueryContext context)
    {
        switch (element.Name)
        {
            case "allOf":
                var all = SchemaErrors.Schemas(element, context);
                return value => all.All(schema => schema.Accepts(value));
            case "anyOf":
                var any = SchemaErrors.Schemas(element, context);
                return value => any.Any(schema => schema.Accepts(value));
            case "oneOf":
                var one = SchemaErrors.Schemas(element, context);
                return value => one.Count(schema => schema.Accepts(value)) == 1;
            case "not":
                var not = SchemaErrors.Schema(element, context);
                return value => !not.Accepts(value);
            case "title" or "description":
                return element.Type == BsonType.String
                    ? _ => true
                    : throw SchemaErrors.TypeMismatch(element.Name, "of type string");
            default:
                return null;
        }
    }
}
