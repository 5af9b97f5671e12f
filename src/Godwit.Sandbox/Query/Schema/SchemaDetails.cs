using Godwit.Bson;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>Says of a value that a schema does not accept which of its rules it breaks.</summary>
internal static class SchemaDetails
{
    // The order in which the server reports: what a value is, then what it holds, then what it lacks.
    private static readonly string[] Last =
    [
        "properties",
        "patternProperties",
        "additionalProperties",
        "dependencies",
        "required",
    ];

    /// <summary>The details of <c>$jsonSchema</c>.</summary>
    internal static RawDocument Of(RawDocument schema, RawDocument document, QueryContext context) =>
        new DocumentBuilder
        {
            { "operatorName", "$jsonSchema" },
            { "title", schema["title"] },
            { "description", schema["description"] },
            { "schemaRulesNotSatisfied", Rules(schema, document, context) },
        }.Build();

    private static RawValue Rules(RawDocument schema, RawValue value, QueryContext context) =>
        RawValue.Array(
            JsonSchema
                .Parse(schema, context)
                .Broken(value)
                .OrderBy(rule => Array.IndexOf(Last, rule.Name))
                .Select(rule => RawValue.Document(Rule(rule, schema, value, context)))
        );

    private static RawDocument Rule(RawElement rule, RawDocument schema, RawValue value, QueryContext context)
    {
        var builder = new DocumentBuilder { { "operatorName", rule.Name } };
        switch (rule.Name)
        {
            case "properties":
                return builder.Add("propertiesNotSatisfied", Properties(rule, value, context)).Build();
            case "allOf" or "anyOf" or "oneOf":
                return builder.Add("schemasNotSatisfied", Schemas(rule, value, context)).Build();
            case "not":
                return builder.Add("reason", "child expression matched").Build();
            default:
                builder.Add("specifiedAs", new DocumentBuilder().Add(rule));
                return AddReason(builder, rule, schema, value).Build();
        }
    }

    private static DocumentBuilder AddReason(
        DocumentBuilder builder,
        RawElement rule,
        RawDocument schema,
        RawValue value
    )
    {
        switch (rule.Name)
        {
            case "required":
                var missing = rule.Value.AsDocument.Values().Where(name => !value.AsDocument.Has(name.AsString));
                return builder.Add("missingProperties", RawValue.Array(missing));
            case "additionalProperties":
                var known = schema["properties"] is { Type: BsonType.Document } named ? named.AsDocument : default;
                var others = value
                    .AsDocument.Where(field => !known.Has(field.Name))
                    .Select(field => (RawValue)field.Name);
                return builder.Add("additionalProperties", RawValue.Array(others));
            case "minProperties" or "maxProperties":
                return builder
                    .Add("reason", "specified number of properties was not satisfied")
                    .Add("numberOfProperties", value.AsDocument.Count());
            default:
                builder.Add("reason", Reason(rule.Name)).Add("consideredValue", value);
                return rule.Name is "bsonType" or "type"
                    ? builder.Add("consideredType", BsonTypeNames.NameOf(value.Type))
                    : builder;
        }
    }

    private static string Reason(string keyword) =>
        keyword switch
        {
            "bsonType" or "type" => "type did not match",
            "enum" => "value was not found in enum",
            "minimum" or "maximum" => "comparison failed",
            "multipleOf" => "considered value is not a multiple of the specified value",
            "minLength" or "maxLength" => "specified string length was not satisfied",
            "pattern" => "regular expression did not match",
            "minItems" or "maxItems" => "array did not match specified length",
            "uniqueItems" => "found a duplicate item",
            "items" => "At least one item did not match the sub-schema",
            "additionalItems" => "found additional items",
            _ => "the rule was not satisfied",
        };

    private static RawValue Properties(RawElement rule, RawValue value, QueryContext context)
    {
        var broken = new ArrayBuilder();
        foreach (var property in rule.Value.AsDocument)
        {
            if (
                value.AsDocument.TryGet(property.Name, out var held)
                && Rules(property.Value.AsDocument, held, context) is var rules
                && !rules.AsDocument.IsEmpty
            )
            {
                broken.Add(
                    new DocumentBuilder
                    {
                        { "propertyName", property.Name },
                        { "title", property.Value.AsDocument["title"] },
                        { "description", property.Value.AsDocument["description"] },
                        { "details", rules },
                    }
                );
            }
        }

        return broken.Build();
    }

    private static RawValue Schemas(RawElement rule, RawValue value, QueryContext context)
    {
        var broken = new ArrayBuilder();
        var index = 0;
        foreach (var schema in rule.Value.AsDocument.Values())
        {
            var rules = Rules(schema.AsDocument, value, context);
            if (!rules.AsDocument.IsEmpty)
            {
                broken.Add(new DocumentBuilder { { "index", index }, { "details", rules } });
            }

            index++;
        }

        return broken.Build();
    }
}
