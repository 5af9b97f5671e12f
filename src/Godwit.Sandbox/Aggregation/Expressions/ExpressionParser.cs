using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Decides what a BSON value means as an expression.</summary>
internal static class ExpressionParser
{
    internal static Expression Parse(RawValue value, ExpressionContext context) =>
        value.Type switch
        {
            BsonType.Document => ParseObject(value.AsDocument, context),
            BsonType.Array => new ArrayExpression([.. value.AsDocument.Values().Select(item => Parse(item, context))]),
            BsonType.String when value.AsString is ['$', ..] path => FieldPathExpression.Parse(path, context),
            _ => new ConstantExpression(value),
        };

    /// <summary>An object is an operator if it has one field that begins with <c>$</c>, otherwise the fields are expressions.</summary>
    internal static Expression ParseObject(RawDocument document, ExpressionContext context)
    {
        if (document.IsEmpty)
        {
            return new ObjectExpression([]);
        }

        var first = document.First();
        var name = first.Name;
        if (name is ['$', ..])
        {
            if (document.Count() != 1)
            {
                throw new CommandException(
                    15983,
                    $"An object representing an expression must have exactly one field: {document}"
                );
            }

            return OperatorTable.Find(name, context.Release)(name, first.Value, context);
        }

        var fields = new List<ObjectField>();
        foreach (var element in document)
        {
            FieldNames.CheckInObject(element.Name);
            if (fields.Exists(field => string.Equals(field.Name, element.Name, StringComparison.Ordinal)))
            {
                throw new CommandException(16406, $"duplicate field name specified in object literal: {document}");
            }

            fields.Add(new(element.Name, Parse(element.Value, context)));
        }

        return new ObjectExpression(fields);
    }

    /// <summary>An operator's argument as a list: an array is the list, anything else the only argument.</summary>
    internal static Expression[] ParseArguments(RawValue value, ExpressionContext context) =>
        value.Type == BsonType.Array
            ? [.. value.AsDocument.Values().Select(item => Parse(item, context))]
            : [Parse(value, context)];
}
