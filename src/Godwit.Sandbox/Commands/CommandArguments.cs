using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>Reads a command's fields with the checks and texts of MongoDB's strict parser. A view on the body; nothing is copied.</summary>
/// <param name="body">The command, or a document inside it.</param>
/// <param name="owner">The name that stands before the field in error texts.</param>
internal readonly struct CommandArguments(RawDocument body, string owner)
{
    /// <summary>The document read from.</summary>
    internal RawDocument Body => body;

    /// <summary>The raw field; missing if absent.</summary>
    internal RawValue this[string field] => body[field];

    /// <summary>Whether the field is there, null included.</summary>
    internal bool Has(string field) => body.Has(field);

    /// <summary>A text field, or <see langword="null"/> where absent.</summary>
    internal string? String(string field)
    {
        var value = body[field];
        return value.Type switch
        {
            BsonType.Missing or BsonType.Null => null,
            BsonType.String => value.AsString,
            _ => throw CommandErrors.WrongType(owner, field, value, "string"),
        };
    }

    /// <summary>A text field that must be there.</summary>
    internal string RequiredString(string field) => String(field) ?? throw CommandErrors.MissingField(owner, field);

    /// <summary>A document field, or <see langword="null"/> where absent.</summary>
    internal RawDocument? Document(string field)
    {
        var value = body[field];
        return value.Type switch
        {
            BsonType.Missing or BsonType.Null => null,
            BsonType.Document => value.AsDocument,
            _ => throw CommandErrors.WrongType(owner, field, value, "object"),
        };
    }

    /// <summary>A document field that must be there.</summary>
    internal RawDocument RequiredDocument(string field) =>
        Document(field) ?? throw CommandErrors.MissingField(owner, field);

    /// <summary>The values of an array field, or <see langword="null"/> where absent.</summary>
    internal IReadOnlyList<RawValue>? Array(string field)
    {
        var value = body[field];
        return value.Type switch
        {
            BsonType.Missing or BsonType.Null => null,
            BsonType.Array => [.. value.AsDocument.Values()],
            _ => throw CommandErrors.WrongType(owner, field, value, "array"),
        };
    }

    /// <summary>The documents of an array field, or <see langword="null"/> where absent.</summary>
    internal IReadOnlyList<RawDocument>? Documents(string field)
    {
        if (Array(field) is not { } values)
        {
            return null;
        }

        var list = new List<RawDocument>(values.Count);
        foreach (var value in values)
        {
            list.Add(
                value.Type == BsonType.Document
                    ? value.AsDocument
                    : throw CommandErrors.WrongType(owner, $"{field}.{list.Count}", value, "object")
            );
        }

        return list;
    }

    /// <summary>A strictly boolean field.</summary>
    internal bool? Boolean(string field)
    {
        var value = body[field];
        return value.Type switch
        {
            BsonType.Missing or BsonType.Null => null,
            BsonType.Boolean => value.AsBoolean,
            _ => throw CommandErrors.WrongType(owner, field, value, "bool"),
        };
    }

    /// <summary>A boolean field that takes numbers too ("safeBool").</summary>
    internal bool? BooleanOrNumber(string field)
    {
        var value = body[field];
        return value.Type switch
        {
            BsonType.Missing or BsonType.Null => null,
            BsonType.Boolean => value.AsBoolean,
            _ when value.IsNumber => value.IsTruthy(),
            _ => throw CommandErrors.WrongType(owner, field, value, "bool", "long", "int", "decimal", "double"),
        };
    }

    /// <summary>A number field of any numeric type, cut to an integer ("safeInt64").</summary>
    internal long? Number(string field)
    {
        var value = body[field];
        return value.Type switch
        {
            BsonType.Missing or BsonType.Null => null,
            _ when value.IsNumber => value.ToInt64() ?? 0,
            _ => throw CommandErrors.WrongType(owner, field, value, "long", "int", "decimal", "double"),
        };
    }

    /// <summary>A number field that may not be less than a minimum.</summary>
    internal long? NumberAtLeast(string field, long minimum) =>
        Number(field) is { } number && number < minimum
            ? throw CommandErrors.BelowMinimum(field, body[field], minimum)
            : Number(field);

    /// <summary>The collection a command names in its first field.</summary>
    /// <exception cref="CommandException">It is no text, or no valid name.</exception>
    internal Namespace Collection(string database)
    {
        var value = body.First().Value;
        return value.Type == BsonType.String
            ? NamespaceRules.Check(new Namespace(database, value.AsString))
            : throw new CommandException(
                ErrorCode.TypeMismatch,
                $"collection name has invalid type {BsonTypeNames.NameOf(value.Type)}"
            );
    }
}
