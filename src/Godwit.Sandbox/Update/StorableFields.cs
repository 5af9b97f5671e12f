using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>What may be stored by an update: nesting up to a limit, one <c>_id</c> of an allowed type, and no <c>$</c>-prefixed
/// field at the top level unless it is part of a well-formed DBRef.</summary>
internal static class StorableFields
{
    private const int DepthMax = 180;

    /// <summary>Checks a whole document.</summary>
    internal static void Check(RawDocument document, bool allowsDollarFields)
    {
        var hasId = false;
        foreach (var field in document)
        {
            if (!field.NameIs("_id"u8))
            {
                CheckDepth(field.Value, 1);
                continue;
            }

            CheckId(field.Value);
            if (hasId)
            {
                throw new CommandException(ErrorCode.BadValue, "Can't have multiple _id fields in one document");
            }

            hasId = true;
        }

        if (!allowsDollarFields)
        {
            CheckDollarFields(document);
        }
    }

    /// <summary>Checks a value that comes to stand at a depth of its document.</summary>
    internal static void CheckDepth(RawValue value, int depth)
    {
        if (depth > DepthMax)
        {
            throw new CommandException(ErrorCode.Overflow, $"Document exceeds maximum nesting depth of {DepthMax}");
        }

        if (value.Type is BsonType.Document or BsonType.Array)
        {
            foreach (var field in value.AsDocument)
            {
                CheckDepth(field.Value, depth + 1);
            }
        }
    }

    /// <summary>Checks one <c>$</c>-prefixed field of the top level by the fields around it.</summary>
    internal static void CheckDollarFields(RawDocument document)
    {
        var fields = document.ToList();
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].NameUtf8.Span is [(byte)'$', ..])
            {
                CheckDollarField(fields, i);
            }
        }
    }

    private static void CheckDollarField(List<RawElement> fields, int at)
    {
        var reference = at;
        if (fields[at].NameIs("$db"u8))
        {
            Require(
                fields[at].Type == BsonType.String,
                $"The DBRef $db field must be a String, not a {BsonTypeNames.NameOf(fields[at].Type)}"
            );
            reference--;
            Require(Is(fields, reference, "$id"), "Found $db field without a $id before it, which is invalid.");
        }

        if (Is(fields, reference, "$id"))
        {
            reference--;
            Require(Is(fields, reference, "$ref"), "Found $id field without a $ref before it, which is invalid.");
        }

        if (!Is(fields, reference, "$ref"))
        {
            var name = fields[at].Name;
            throw new CommandException(
                ErrorCode.DollarPrefixedFieldName,
                $"The dollar ($) prefixed field '{name}' in '{name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith."
            );
        }

        Require(
            fields[reference].Type == BsonType.String,
            $"The DBRef $ref field must be a String, not a {BsonTypeNames.NameOf(fields[reference].Type)}"
        );
        Require(Is(fields, reference + 1, "$id"), "The DBRef $ref field must be followed by a $id field");
    }

    private static bool Is(List<RawElement> fields, int at, string name) =>
        at >= 0 && at < fields.Count && fields[at].NameIs(name);

    private static void CheckId(RawValue id)
    {
        if (id.Type is BsonType.Array or BsonType.RegularExpression or BsonType.Undefined)
        {
            throw new CommandException(
                ErrorCode.InvalidIdField,
                $"The '_id' value cannot be of type {BsonTypeNames.NameOf(id.Type)}"
            );
        }

        CheckDepth(id, 1);
        if (id.Type == BsonType.Document)
        {
            CheckDollarFields(id.AsDocument);
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new CommandException(ErrorCode.InvalidDBRef, message);
        }
    }
}
