using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$arrayToObject</c> and <c>$objectToArray</c>.</summary>
internal static class ArrayObjectOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Unary("$arrayToObject", ToObject);
        table.Unary("$objectToArray", ToArray);
    }

    private static RawValue ToArray(RawValue value)
    {
        if (value.IsNullish)
        {
            return RawValue.Null;
        }

        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                40390,
                $"$objectToArray requires a document input, found: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var pairs = new ArrayBuilder();
        foreach (var element in value.AsDocument)
        {
            pairs.Add(new DocumentBuilder { { "k", element.Name }, { "v", element.Value } });
        }

        return pairs.Build();
    }

    private static RawValue ToObject(RawValue value)
    {
        if (value.IsNullish)
        {
            return RawValue.Null;
        }

        if (value.Type != BsonType.Array)
        {
            throw new CommandException(
                40386,
                $"$arrayToObject requires an array input, found: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        // A key that comes again replaces the value where the key first stood.
        var order = new List<string>();
        var values = new Dictionary<string, RawValue>(StringComparer.Ordinal);
        BsonType? form = null;
        foreach (var item in value.AsDocument.Values())
        {
            form ??= item.Type;
            var (key, content) = form switch
            {
                BsonType.Array => FromPair(item),
                BsonType.Document => FromKeyAndValue(item),
                _ => throw new CommandException(
                    40398,
                    $"Unrecognised input type format for $arrayToObject: {BsonTypeNames.NameOf(item.Type)}"
                ),
            };
            if (key.Contains('\0', StringComparison.Ordinal))
            {
                throw new CommandException(4940400, "Key field cannot contain an embedded null byte");
            }

            if (!values.ContainsKey(key))
            {
                order.Add(key);
            }

            values[key] = content;
        }

        var builder = new DocumentBuilder();
        foreach (var key in order)
        {
            builder.Add(key, values[key]);
        }

        return builder;
    }

    private static (string Key, RawValue Value) FromPair(RawValue item)
    {
        if (item.Type != BsonType.Array)
        {
            throw new CommandException(
                40396,
                $"$arrayToObject requires a consistent input format. Elements must all be arrays or all be objects. Array was detected, now found: {BsonTypeNames.NameOf(item.Type)}"
            );
        }

        RawValue[] pair = [.. item.AsDocument.Values()];
        if (pair.Length != 2)
        {
            throw new CommandException(
                40397,
                $"$arrayToObject requires an array of size 2 arrays,found array of size: {pair.Length}"
            );
        }

        return pair[0].Type == BsonType.String
            ? (pair[0].AsString, pair[1])
            : throw new CommandException(
                40395,
                $"$arrayToObject requires an array of key-value pairs, where the key must be of type string. Found key type: {BsonTypeNames.NameOf(pair[0].Type)}"
            );
    }

    private static (string Key, RawValue Value) FromKeyAndValue(RawValue item)
    {
        if (item.Type != BsonType.Document)
        {
            throw new CommandException(
                40391,
                $"$arrayToObject requires a consistent input format. Elements must all be arrays or all be objects. Object was detected, now found: {BsonTypeNames.NameOf(item.Type)}"
            );
        }

        var pair = item.AsDocument;
        if (pair.Count() != 2)
        {
            throw new CommandException(
                40392,
                $"$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:{pair.Count()}"
            );
        }

        if (!pair.TryGet("k", out var key) || !pair.TryGet("v", out var value))
        {
            throw new CommandException(
                40393,
                "$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys"
            );
        }

        return key.Type == BsonType.String
            ? (key.AsString, value)
            : throw new CommandException(
                40394,
                $"$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be of type string. Found type: {BsonTypeNames.NameOf(key.Type)}"
            );
    }
}
