using Godwit.Bson;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>Keywords about types, numbers and strings.</summary>
internal static class SchemaValueKeywords
{
    internal static Func<RawValue, bool>? Parse(RawDocument schema, RawElement element, QueryContext context) =>
        element.Name switch
        {
            "bsonType" => OfTypes(TypeTest.ParseTypes("bsonType", element.Value)),
            "type" => OfTypes(JsonTypes(element)),
            "enum" => OneOf(element, context),
            "minimum" => Bound(
                schema,
                element,
                "exclusiveMinimum",
                (order, isExclusive) => isExclusive ? order > 0 : order >= 0
            ),
            "maximum" => Bound(
                schema,
                element,
                "exclusiveMaximum",
                (order, isExclusive) => isExclusive ? order < 0 : order <= 0
            ),
            "exclusiveMinimum" => Companion(schema, element, "minimum"),
            "exclusiveMaximum" => Companion(schema, element, "maximum"),
            "multipleOf" => MultipleOf(element),
            "minLength" => Length(element, (length, limit) => length >= limit),
            "maxLength" => Length(element, (length, limit) => length <= limit),
            "pattern" => Pattern(element),
            _ => null,
        };

    private static Func<RawValue, bool> OfTypes(HashSet<BsonType> types) => value => types.Contains(value.Type);

    private static HashSet<BsonType> JsonTypes(RawElement element)
    {
        var names = element.Type switch
        {
            BsonType.String => [element.Value.AsString],
            BsonType.Array => SchemaErrors.Names(element),
            _ => throw SchemaErrors.TypeMismatch("type", "either a string or an array of strings"),
        };
        var types = new HashSet<BsonType>();
        foreach (var name in names)
        {
            types.UnionWith(
                name switch
                {
                    "array" => [BsonType.Array],
                    "boolean" => [BsonType.Boolean],
                    "null" => [BsonType.Null],
                    "number" => [BsonType.Int32, BsonType.Int64, BsonType.Double, BsonType.Decimal128],
                    "object" => [BsonType.Document],
                    "string" => [BsonType.String],
                    "integer" => throw SchemaErrors.Invalid("$jsonSchema type 'integer' is not currently supported."),
                    _ => throw QueryErrors.BadValue($"Unknown type name alias: {name}"),
                }
            );
        }

        return types;
    }

    private static Func<RawValue, bool> OneOf(RawElement element, QueryContext context)
    {
        if (element.Type != BsonType.Array)
        {
            throw SchemaErrors.TypeMismatch("enum", $"an array, but found {BsonTypeNames.NameOf(element.Type)}");
        }

        var values = element.Value.AsDocument.Values().ToList();
        return values.Count > 0
            ? value => values.Exists(other => ValueComparer.AreEqual(value, other, context.Collation))
            : throw SchemaErrors.Invalid("$jsonSchema keyword 'enum' cannot be an empty array");
    }

    private static Func<RawValue, bool> Bound(
        RawDocument schema,
        RawElement element,
        string exclusive,
        Func<int, bool, bool> passes
    )
    {
        var limit = element.Value;
        if (!limit.IsNumber)
        {
            throw SchemaErrors.TypeMismatch(element.Name, "a number");
        }

        var isExclusive = schema[exclusive] is { Type: BsonType.Boolean, AsBoolean: true };
        return value => !value.IsNumber || passes(ValueComparer.Compare(value, limit), isExclusive);
    }

    private static Func<RawValue, bool> Companion(RawDocument schema, RawElement element, string companion)
    {
        if (element.Type != BsonType.Boolean)
        {
            throw SchemaErrors.TypeMismatch(element.Name, "a boolean");
        }

        return schema.Has(companion)
            ? _ => true
            : throw SchemaErrors.Invalid(
                $"$jsonSchema keyword '{companion}' must be a present if {element.Name} is present"
            );
    }

    private static Func<RawValue, bool> MultipleOf(RawElement element)
    {
        if (!element.Value.IsNumber)
        {
            throw SchemaErrors.TypeMismatch("multipleOf", "a number");
        }

        var divisor = element.Value.ToInt64();
        var isWhole = QueryErrors.WholeNumber(element.Value) is not null;
        if (ValueComparer.Compare(element.Value, 0) <= 0)
        {
            throw SchemaErrors.Invalid("$jsonSchema keyword 'multipleOf' must have a positive value");
        }

        return value =>
        {
            if (!value.IsNumber)
            {
                return true;
            }

            return isWhole
                ? QueryErrors.WholeNumber(value) is { } number && number % divisor == 0
                : (ToDecimal(value) % ToDecimal(element.Value)) == 0;
        };
    }

    private static decimal ToDecimal(RawValue value) =>
        value.Type switch
        {
            BsonType.Double => (decimal)value.AsDouble,
            BsonType.Decimal128 => decimal.Parse(
                Decimal128.FromRaw(value).ToString(),
                System.Globalization.NumberStyles.Float,
                System.Globalization.CultureInfo.InvariantCulture
            ),
            _ => value.ToInt64() ?? 0,
        };

    private static Func<RawValue, bool> Length(RawElement element, Func<long, long, bool> passes)
    {
        var limit = SchemaErrors.Count(element);
        return value => value.Type != BsonType.String || passes(CodePoints(value), limit);
    }

    private static long CodePoints(RawValue value)
    {
        var count = 0L;
        foreach (var _ in value.AsString.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    private static Func<RawValue, bool> Pattern(RawElement element)
    {
        if (element.Type != BsonType.String)
        {
            throw SchemaErrors.TypeMismatch("pattern", "a string");
        }

        var regex = RegexTest.Compile(element.Value.AsString, "");
        return value => value.Type != BsonType.String || regex.IsMatch(value.AsString);
    }
}
