using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Query;

/// <summary>Reads the document level of a filter: fields, logical operators, and operators without a field.</summary>
internal sealed class FilterParser(QueryContext context)
{
    private const int PathPartsMax = 200;
    private bool isBelowTop;

    internal FilterNode Parse(RawDocument filter)
    {
        var children = new List<FilterNode>();
        foreach (var element in filter)
        {
            if (ParseField(element) is { } node)
            {
                children.Add(node);
            }
        }

        return children.Count == 1 ? children[0] : new AndNode(children);
    }

    /// <summary>Reads a filter that stands inside <c>$elemMatch</c>, where whole-document operators are refused.</summary>
    internal FilterNode ParseBelowTop(RawDocument filter)
    {
        var before = isBelowTop;
        isBelowTop = true;
        var node = Parse(filter);
        isBelowTop = before;
        return node;
    }

    private FilterNode? ParseField(RawElement element)
    {
        var name = element.Name;
        if (name.StartsWith('$'))
        {
            return ParseOperator(name, element.Value);
        }

        if (name.Count(letter => letter == '.') >= PathPartsMax)
        {
            throw new CommandException(5729100, "FieldPath is too long");
        }

        var path = new FieldPath(name);
        var value = element.Value;
        if (IsOperatorDocument(value, allowIncompleteReference: false))
        {
            return And(new FieldOperatorParser(this, context).Parse(path, value.AsDocument));
        }

        return value.Type == BsonType.RegularExpression
            ? new PathNode(path, RegexTest.Of(value))
            : new PathNode(path, ComparisonTest.Create(ComparisonOperator.Equal, value, path, context.Collation));
    }

    internal static FilterNode And(List<FilterNode> nodes) => nodes.Count == 1 ? nodes[0] : new AndNode(nodes);

    /// <summary>Whether a document holds operators rather than a value; a DBRef is a value.</summary>
    internal static bool IsOperatorDocument(RawValue value, bool allowIncompleteReference)
    {
        if (value.Type != BsonType.Document || value.AsDocument.IsEmpty)
        {
            return false;
        }

        var document = value.AsDocument;
        if (!document.First().Name.StartsWith('$'))
        {
            return false;
        }

        var (hasRef, hasId, hasDatabase) = (document.Has("$ref"), document.Has("$id"), document.Has("$db"));
        return !(allowIncompleteReference ? hasRef || hasId || hasDatabase : hasRef && hasId);
    }

    /// <summary>Whether an operator applies to a whole document, so that no field stands before it.</summary>
    internal static bool IsDocumentOperator(string name) =>
        name
            is "$and"
                or "$or"
                or "$nor"
                or "$expr"
                or "$comment"
                or "$jsonSchema"
                or "$where"
                or "$text"
                or "$sampleRate"
                or "$alwaysTrue"
                or "$alwaysFalse"
                or "$ref"
                or "$id"
                or "$db";

    private FilterNode? ParseOperator(string name, RawValue value) =>
        name switch
        {
            "$and" => And(ParseBranches(name, value)),
            "$or" => ParseBranches(name, value) is [var only] ? only : new OrNode(ParseBranches(name, value)),
            "$nor" => new NotNode(new OrNode(ParseBranches(name, value))),
            "$comment" => null,
            "$expr" => ParseExpr(value),
            "$jsonSchema" => ParseSchema(value),
            "$sampleRate" => SampleRate.Parse(value, isBelowTop),
            "$alwaysTrue" => Constant(name, value, true),
            "$alwaysFalse" => Constant(name, value, false),
            "$ref" or "$id" or "$db" => new PathNode(
                new(name),
                ComparisonTest.Create(
                    ComparisonOperator.Equal,
                    value,
                    new(name),
                    name == "$id" ? context.Collation : null
                )
            ),
            "$where" => throw new CommandException(6108304, "no globalScriptEngine in $where parsing"),
            "$text" => throw new CommandException(ErrorCode.IndexNotFound, "text index required for $text query"),
            "$not" => throw QueryErrors.BadValue(
                "unknown top level operator: $not. If you are trying to negate an entire expression, use $nor."
            ),
            _ => throw QueryErrors.BadValue(
                $"unknown top level operator: {name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField."
            ),
        };

    private List<FilterNode> ParseBranches(string name, RawValue value)
    {
        if (value.Type != BsonType.Array)
        {
            throw QueryErrors.BadValue($"{name} argument must be an array");
        }

        var branches = new List<FilterNode>();
        foreach (var element in value.AsDocument)
        {
            if (element.Type != BsonType.Document)
            {
                throw QueryErrors.BadValue($"{name} argument's entries must be objects");
            }

            branches.Add(Parse(element.Value.AsDocument));
        }

        return branches.Count > 0 ? branches : throw QueryErrors.BadValue($"{name} argument must be a non-empty array");
    }

    private DocumentNode ParseExpr(RawValue value)
    {
        if (isBelowTop)
        {
            throw QueryErrors.BadValue("$expr can only be applied to the top-level document");
        }

        if (context.ParseExpression is null)
        {
            throw new CommandException(ErrorCode.QueryFeatureNotAllowed, "$expr is not allowed in this context");
        }

        var expression = context.ParseExpression(value);
        return new(document => expression(document).IsTruthy());
    }

    private DocumentNode ParseSchema(RawValue value) =>
        value.Type == BsonType.Document
            ? new(Schema.JsonSchema.Parse(value.AsDocument, context).Matches)
            : throw new CommandException(ErrorCode.TypeMismatch, "$jsonSchema must be an object");

    private static DocumentNode Constant(string name, RawValue value, bool result)
    {
        if (QueryErrors.NonNegativeInteger(name, value) != 1)
        {
            throw new CommandException(ErrorCode.FailedToParse, $"{name} must be an integer value of 1");
        }

        return new(_ => result);
    }
}
