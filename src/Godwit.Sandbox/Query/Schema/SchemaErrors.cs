using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>How a malformed schema is refused, and the argument readers that refuse.</summary>
internal static class SchemaErrors
{
    internal static CommandException UnknownKeyword(string name) =>
        name is "$ref" or "$schema" or "default" or "definitions" or "format" or "id"
            ? new(ErrorCode.FailedToParse, $"$jsonSchema keyword '{name}' is not currently supported")
            : new(ErrorCode.FailedToParse, $"Unknown $jsonSchema keyword: {name}");

    internal static CommandException TypeMismatch(string keyword, string wanted) =>
        new(ErrorCode.TypeMismatch, $"$jsonSchema keyword '{keyword}' must be {wanted}");

    internal static CommandException Invalid(string message) => new(ErrorCode.FailedToParse, message);

    internal static long Count(RawElement element) => QueryErrors.NonNegativeInteger(element.Name, element.Value);

    internal static RawDocument Document(RawElement element) =>
        element.Type == BsonType.Document ? element.Value.AsDocument : throw TypeMismatch(element.Name, "an object");

    internal static JsonSchema Schema(RawElement element, QueryContext context) =>
        JsonSchema.Parse(Document(element), context);

    internal static IReadOnlyList<JsonSchema> Schemas(RawElement element, QueryContext context)
    {
        if (element.Type != BsonType.Array)
        {
            throw TypeMismatch(element.Name, "an array");
        }

        var schemas = new List<JsonSchema>();
        foreach (var item in element.Value.AsDocument)
        {
            schemas.Add(
                item.Type == BsonType.Document
                    ? JsonSchema.Parse(item.Value.AsDocument, context)
                    : throw TypeMismatch(element.Name, "an array of objects")
            );
        }

        return schemas.Count > 0
            ? schemas
            : throw new CommandException(
                ErrorCode.BadValue,
                $"$jsonSchema keyword '{element.Name}' must be a non-empty array"
            );
    }

    internal static IReadOnlyList<string> Names(RawElement element)
    {
        if (element.Type != BsonType.Array)
        {
            throw TypeMismatch(element.Name, $"an array, but found {BsonTypeNames.NameOf(element.Type)}");
        }

        var names = new List<string>();
        foreach (var item in element.Value.AsDocument)
        {
            if (item.Type != BsonType.String)
            {
                throw TypeMismatch(element.Name, "an array of strings");
            }

            if (names.Contains(item.Value.AsString))
            {
                throw Invalid($"$jsonSchema keyword '{element.Name}' array cannot contain duplicate values");
            }

            names.Add(item.Value.AsString);
        }

        return names.Count > 0
            ? names
            : throw Invalid($"$jsonSchema keyword '{element.Name}' cannot be an empty array");
    }
}
