using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Query;

/// <summary>Reads the operators of one field, <c>{$gt: 5, $lt: 8}</c>; without a path inside <c>$elemMatch</c> on values.</summary>
internal sealed class FieldOperatorParser(FilterParser filters, QueryContext context)
{
    internal List<FilterNode> Parse(FieldPath? path, RawDocument operators)
    {
        var nodes = new List<FilterNode>();
        foreach (var element in operators)
        {
            if (ParseOperator(path, operators, element.Name, element.Value) is { } node)
            {
                nodes.Add(node);
            }
        }

        return nodes;
    }

    private FilterNode? ParseOperator(FieldPath? path, RawDocument operators, string name, RawValue value) =>
        name switch
        {
            "$eq" => Compare(ComparisonOperator.Equal, path, value),
            "$ne" => value.Type == BsonType.RegularExpression
                ? throw QueryErrors.BadValue("Can't have regex as arg to $ne.")
                : new NotNode(Compare(ComparisonOperator.Equal, path, value)),
            "$gt" => Compare(ComparisonOperator.Greater, path, value),
            "$gte" => Compare(ComparisonOperator.GreaterOrEqual, path, value),
            "$lt" => Compare(ComparisonOperator.Less, path, value),
            "$lte" => Compare(ComparisonOperator.LessOrEqual, path, value),
            "$in" => new PathNode(path, InTest.Parse(name, value, context.Collation)),
            "$nin" => new NotNode(new PathNode(path, InTest.Parse(name, value, context.Collation))),
            "$exists" => value.IsTruthy()
                ? new PathNode(path, ExistsTest.Instance)
                : new NotNode(new PathNode(path, ExistsTest.Instance)),
            "$type" => new PathNode(path, TypeTest.Parse(path?.Text ?? "", value)),
            "$size" => new PathNode(path, SizeTest.Parse(value)),
            "$mod" => new PathNode(path, ModTest.Parse(value)),
            "$regex" => new PathNode(path, RegexTest.Parse(operators)),
            "$options" => operators.Has("$regex") ? null : throw QueryErrors.BadValue("$options needs a $regex"),
            "$elemMatch" => ParseElemMatch(path, value),
            "$all" => ParseAll(path, value),
            "$not" => ParseNot(path, value),
            "$bitsAllSet" or "$bitsAllClear" or "$bitsAnySet" or "$bitsAnyClear" => new PathNode(
                path,
                BitsTest.Parse(name, path?.Text ?? "", value)
            ),
            "$comment" => null,
            "$near" or "$nearSphere" or "$geoNear" => throw new CommandException(
                ErrorCode.NoQueryExecutionPlans,
                "unable to find index for $geoNear query"
            ),
            "$geoWithin" or "$within" or "$geoIntersects" => throw new CommandException(
                ErrorCode.NotImplemented,
                $"{name}: geometry is stored, not searched, by this server"
            ),
            "$where" => throw QueryErrors.BadValue("$where cannot be applied to a field"),
            _ => throw QueryErrors.BadValue($"unknown operator: {name}"),
        };

    private PathNode Compare(ComparisonOperator comparison, FieldPath? path, RawValue value) =>
        new(path, ComparisonTest.Create(comparison, value, path, context.Collation));

    private NotNode ParseNot(FieldPath? path, RawValue value)
    {
        if (value.Type == BsonType.RegularExpression)
        {
            return new(new PathNode(path, RegexTest.Of(value)));
        }

        if (value.Type != BsonType.Document)
        {
            throw QueryErrors.BadValue("$not argument must be a regex or an object");
        }

        return value.AsDocument.IsEmpty
            ? throw QueryErrors.BadValue("$not argument must be a non-empty object")
            : new(FilterParser.And(Parse(path, value.AsDocument)));
    }

    private PathNode ParseElemMatch(FieldPath? path, RawValue value)
    {
        if (value.Type != BsonType.Document)
        {
            throw QueryErrors.BadValue("$elemMatch needs an Object");
        }

        var document = value.AsDocument;
        var isOnValues =
            FilterParser.IsOperatorDocument(value, allowIncompleteReference: true)
            && !FilterParser.IsDocumentOperator(document.First().Name);
        return isOnValues
            ? new(path, ElemMatchTest.OnValues(FilterParser.And(Parse(null, document))))
            : new(path, ElemMatchTest.OnDocuments(filters.ParseBelowTop(document)));
    }

    private FilterNode ParseAll(FieldPath? path, RawValue value)
    {
        if (value.Type != BsonType.Array)
        {
            throw QueryErrors.BadValue("$all needs an array");
        }

        var wanted = value.AsDocument.Values().ToList();
        if (wanted.Count == 0)
        {
            return new NotNode(new AndNode([]));
        }

        return IsElemMatch(wanted[0])
            ? FilterParser.And([.. wanted.Select(item => AllElemMatch(path, item))])
            : FilterParser.And([.. wanted.Select(item => AllValue(path, item))]);
    }

    private FilterNode AllElemMatch(FieldPath? path, RawValue item) =>
        IsElemMatch(item)
            ? ParseElemMatch(path, item.AsDocument.First().Value)
            : throw QueryErrors.BadValue("$all/$elemMatch has to be consistent");

    private FilterNode AllValue(FieldPath? path, RawValue item)
    {
        if (item.Type == BsonType.RegularExpression)
        {
            return new PathNode(path, RegexTest.Of(item));
        }

        return FilterParser.IsOperatorDocument(item, allowIncompleteReference: true)
            ? throw QueryErrors.BadValue("no $ expressions in $all")
            : Compare(ComparisonOperator.Equal, path, item);
    }

    private static bool IsElemMatch(RawValue value) =>
        value.Type == BsonType.Document && !value.AsDocument.IsEmpty && value.AsDocument.First().NameIs("$elemMatch");
}
