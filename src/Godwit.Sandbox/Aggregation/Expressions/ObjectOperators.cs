using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$getField</c>, <c>$setField</c>, <c>$unsetField</c> and what measures values.</summary>
internal static class ObjectOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$literal", (_, argument, _) => new ConstantExpression(argument));
        table.Add("$const", (_, argument, _) => new ConstantExpression(argument));
        table.Add("$getField", (_, argument, context) => ParseGetField(argument, context));
        table.Add("$setField", ParseSetField);
        table.Add("$unsetField", ParseSetField);
        table.Unary("$bsonSize", BsonSize);
        table.Unary("$binarySize", BinarySize);
        table.Add(
            "$toHashedIndexKey",
            (_, argument, context) =>
                new OperatorExpression(
                    (values, _) => HashedKey.Compute(values[0]),
                    [Expression.Parse(argument, context)],
                    context
                )
        );
        table.Unary("$tsSecond", value => Part(value, "$tsSecond", 5687301, time => time.Seconds));
        table.Unary("$tsIncrement", value => Part(value, "$tsIncrement", 5687302, time => time.Increment));
        table.Add("$_internalKeyStringValue", (_, argument, context) => ParseKeyString(argument, context));
    }

    private static RuntimeOperatorExpression ParseGetField(RawValue argument, ExpressionContext context)
    {
        var current = RawValue.String("$$CURRENT");
        var (field, input) = (argument, current);
        if (argument.Type == BsonType.Document && !argument.AsDocument.First().Name.StartsWith('$'))
        {
            var named = NamedArguments.Read("$getField", argument, context, (0, 3041701), "field", "input");
            _ = named.Required("field", 3041702);
            _ = named.Required("input", 3041703);
            (field, input) = (named.Raw("field"), named.Raw("input"));
        }

        var name = Expression.Parse(field, context);
        if (name is ConstantExpression constant && constant.Value.Type != BsonType.String)
        {
            throw new CommandException(
                5654602,
                $"$getField requires 'field' to evaluate to a constant String, but got {BsonTypeNames.NameOf(constant.Value.Type)}"
            );
        }

        return new((values, _) => GetField(values[0], values[1]), [name, Expression.Parse(input, context)], context);
    }

    private static RawValue GetField(RawValue name, RawValue input)
    {
        if (name.Type != BsonType.String)
        {
            throw new CommandException(
                3041704,
                $"$getField requires 'field' to evaluate to type String, but got {BsonTypeNames.NameOf(name.Type)}"
            );
        }

        return input.Type == BsonType.Document ? input.AsDocument[name.AsStringUtf8.Span]
            : input.IsNullish && !input.IsMissing ? RawValue.Null
            : default;
    }

    private static RuntimeOperatorExpression ParseSetField(string name, RawValue argument, ExpressionContext context)
    {
        ReadOnlySpan<string> names = name == "$setField" ? ["field", "input", "value"] : ["field", "input"];
        var named = NamedArguments.Read(name, argument, context, (4161100, 4161101), names);
        var field = named.Required("field", 4161102);
        var value = name == "$setField" ? named.Required("value", 4161103) : ConstantExpression.Absent;
        var input = named.Required("input", 4161109);
        if (field is FieldPathExpression)
        {
            throw new CommandException(
                4161108,
                $"'{named.Raw("field").AsString}' is a field path reference which is not allowed in this context. Did you mean {{$literal: '{named.Raw("field").AsString}'}}?"
            );
        }

        if (field.Optimize() is not ConstantExpression constant)
        {
            throw new CommandException(4161106, $"{name} requires 'field' to evaluate to a constant");
        }

        if (constant.Value.Type != BsonType.String)
        {
            throw new CommandException(
                4161107,
                $"$setField requires 'field' to evaluate to type String, but got {BsonTypeNames.NameOf(constant.Value.Type)}"
            );
        }

        var key = constant.Value.AsString;
        return new((values, _) => SetField(values[0], key, values[1]), [input, value], context);
    }

    private static RawValue SetField(RawValue input, string name, RawValue value)
    {
        if (input.IsNullish)
        {
            return RawValue.Null;
        }

        if (input.Type != BsonType.Document)
        {
            throw new CommandException(4161105, "$setField requires 'input' to evaluate to type Object");
        }

        var builder = new DocumentBuilder();
        var isFound = false;
        foreach (var element in input.AsDocument)
        {
            if (element.NameIs(name))
            {
                isFound = true;
                builder.Add(name, value);
            }
            else
            {
                builder.Add(element);
            }
        }

        return isFound ? builder : builder.Add(name, value);
    }

    private static RawValue BsonSize(RawValue value)
    {
        if (value.IsNullish)
        {
            return RawValue.Null;
        }

        return value.Type == BsonType.Document
            ? value.Bytes.Length
            : throw new CommandException(
                31393,
                $"$bsonSize requires a document input, found: {BsonTypeNames.NameOf(value.Type)}"
            );
    }

    private static RawValue BinarySize(RawValue value) =>
        value.Type switch
        {
            _ when value.IsNullish => RawValue.Null,
            BsonType.String => value.AsStringUtf8.Length,
            BsonType.Binary => value.BinaryData.Length,
            _ => throw new CommandException(
                51276,
                $"$binarySize requires a string or BinData argument, found: {BsonTypeNames.NameOf(value.Type)}"
            ),
        };

    private static RawValue Part(RawValue value, string name, int code, Func<ClusterTime, uint> part)
    {
        if (value.IsNullish)
        {
            return RawValue.Null;
        }

        return value.Type == BsonType.Timestamp
            ? RawValue.Int64(part(value.AsTimestamp))
            : throw new CommandException(
                code,
                $" Argument to {name} must be a timestamp, but is {BsonTypeNames.NameOf(value.Type)}"
            );
    }

    private static OperatorExpression ParseKeyString(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(
            "$_internalKeyStringValue",
            argument,
            context,
            (8281500, 8281501),
            "input",
            "collation"
        );
        return new((values, _) => KeyStringOf(values[0]), [named.Required("input", 8281502)], context);
    }

    private static RawValue KeyStringOf(RawValue value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        KeyString.Append(buffer, value.IsMissing ? RawValue.Null : value);
        buffer.Write([KeyString.End]);
        return RawValue.Binary(buffer.WrittenSpan);
    }
}
