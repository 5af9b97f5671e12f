using System.Text.RegularExpressions;
using Godwit.Bson;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>Keywords about documents.</summary>
internal static class SchemaObjectKeywords
{
    internal static Func<RawValue, bool>? Parse(RawDocument schema, RawElement element, QueryContext context)
    {
        switch (element.Name)
        {
            case "required":
                var required = SchemaErrors.Names(element);
                return OnDocument(document => required.All(document.Has));
            case "properties":
                return Properties(element, context);
            case "patternProperties":
                var patterns = PatternProperties(element, context);
                return OnDocument(document =>
                    document.All(field =>
                        patterns.TrueForAll(pattern =>
                            !pattern.Name.IsMatch(field.Name) || pattern.Schema.Accepts(field.Value)
                        )
                    )
                );
            case "additionalProperties":
                return AdditionalProperties(schema, element, context);
            case "minProperties":
                var least = SchemaErrors.Count(element);
                return OnDocument(document => document.Count() >= least);
            case "maxProperties":
                var most = SchemaErrors.Count(element);
                return OnDocument(document => document.Count() <= most);
            case "dependencies":
                return Dependencies(element, context);
            default:
                return null;
        }
    }

    private static Func<RawValue, bool> OnDocument(Func<RawDocument, bool> check) =>
        value => value.Type != BsonType.Document || check(value.AsDocument);

    private static Func<RawValue, bool> Properties(RawElement element, QueryContext context)
    {
        var properties = new List<(string Name, JsonSchema Schema)>();
        foreach (var field in SchemaErrors.Document(element))
        {
            properties.Add((field.Name, SchemaErrors.Schema(field, context)));
        }

        return OnDocument(document =>
            properties.TrueForAll(property =>
                !document.TryGet(property.Name, out var value) || property.Schema.Accepts(value)
            )
        );
    }

    private static List<(Regex Name, JsonSchema Schema)> PatternProperties(RawElement element, QueryContext context)
    {
        var patterns = new List<(Regex Name, JsonSchema Schema)>();
        foreach (var field in SchemaErrors.Document(element))
        {
            patterns.Add((RegexTest.Compile(field.Name, ""), SchemaErrors.Schema(field, context)));
        }

        return patterns;
    }

    private static Func<RawValue, bool> AdditionalProperties(
        RawDocument schema,
        RawElement element,
        QueryContext context
    )
    {
        var known = schema["properties"] is { Type: BsonType.Document } properties
            ? properties.AsDocument.Select(field => field.Name).ToHashSet(StringComparer.Ordinal)
            : [];
        var patterns = schema["patternProperties"] is { Type: BsonType.Document } named
            ? named.AsDocument.Select(field => RegexTest.Compile(field.Name, "")).ToList()
            : [];
        Func<RawValue, bool> accepts = element.Type switch
        {
            BsonType.Boolean => _ => element.Value.AsBoolean,
            BsonType.Document => JsonSchema.Parse(element.Value.AsDocument, context).Accepts,
            _ => throw SchemaErrors.TypeMismatch("additionalProperties", "an object or a boolean"),
        };
        return OnDocument(document =>
            document.All(field =>
                known.Contains(field.Name)
                || patterns.Exists(pattern => pattern.IsMatch(field.Name))
                || accepts(field.Value)
            )
        );
    }

    private static Func<RawValue, bool> Dependencies(RawElement element, QueryContext context)
    {
        var dependencies = new List<(string Name, Func<RawDocument, bool> Check)>();
        foreach (var field in SchemaErrors.Document(element))
        {
            if (field.Type == BsonType.Document)
            {
                dependencies.Add((field.Name, SchemaErrors.Schema(field, context).Matches));
            }
            else
            {
                var names = SchemaErrors.Names(field);
                dependencies.Add((field.Name, document => names.All(document.Has)));
            }
        }

        return OnDocument(document =>
            dependencies.TrueForAll(dependency => !document.Has(dependency.Name) || dependency.Check(document))
        );
    }
}
