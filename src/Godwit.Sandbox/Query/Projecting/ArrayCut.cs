using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Projecting;

/// <summary>Shortens the arrays at a path: <c>$slice</c>, or the positional <c>$</c> that keeps the element the filter met.</summary>
internal sealed class ArrayCut
{
    private readonly int? skip;
    private readonly int limit;

    private ArrayCut(FieldPath path, bool isSlice, int? skip, int limit)
    {
        Path = path;
        IsSlice = isSlice;
        this.skip = skip;
        this.limit = limit;
    }

    internal FieldPath Path { get; }

    internal bool IsSlice { get; }

    internal static ArrayCut Positional(FieldPath path) => new(path, isSlice: false, null, 1);

    /// <summary>Whether an argument is one of <c>find</c>'s own form rather than of the expression of that name.</summary>
    internal static bool IsSliceForm(RawValue argument) =>
        argument.IsNumber
        || argument.Type == BsonType.Array
            && argument.AsDocument.Count() == 2
            && argument.AsDocument.Values().All(value => value.IsNumber);

    internal static ArrayCut Slice(FieldPath path, RawValue argument)
    {
        if (argument.IsNumber)
        {
            return new(path, isSlice: true, null, Int(argument));
        }

        var limit = Int(argument.AsDocument["1"]);
        return limit > 0
            ? new(path, isSlice: true, Int(argument.AsDocument["0"]), limit)
            : throw new CommandException(31259, $"$slice limit must be positive, got {limit}");
    }

    internal RawDocument Apply(RawDocument document, int? positionalIndex) => Apply(document, 0, positionalIndex);

    private RawDocument Apply(RawDocument document, int index, int? positionalIndex)
    {
        var builder = new DocumentBuilder(document.Length);
        foreach (var element in document)
        {
            if (element.NameIs(Path.Part(index)))
            {
                _ = builder.Add(element.NameUtf8.Span, Apply(element.Value, index, positionalIndex));
            }
            else
            {
                _ = builder.Add(element);
            }
        }

        return builder.Build();
    }

    private RawValue Apply(RawValue value, int index, int? positionalIndex)
    {
        if (value.Type == BsonType.Array && (Path.IsLast(index) || !IsSlice))
        {
            return IsSlice ? Slice(value) : Place(value, positionalIndex);
        }

        if (Path.IsLast(index))
        {
            return value;
        }

        return value.Type switch
        {
            BsonType.Document => Apply(value.AsDocument, index + 1, positionalIndex),
            // The objects of an array, but not of arrays in it (jstests/core/slice1.js).
            BsonType.Array => RawValue.Array(
                value
                    .AsDocument.Values()
                    .Select(element =>
                        element.Type == BsonType.Array ? element : Apply(element, index, positionalIndex)
                    )
            ),
            _ => value,
        };
    }

    private RawValue Slice(RawValue array)
    {
        var values = array.AsDocument.Values().ToList();
        if (skip is not { } first)
        {
            return RawValue.Array(limit >= 0 ? values.Take(limit) : values.TakeLast(-limit));
        }

        var start = first >= 0 ? first : Math.Max(0, values.Count + first);
        return RawValue.Array(values.Skip(start).Take(limit));
    }

    private static RawValue Place(RawValue array, int? positionalIndex)
    {
        if (positionalIndex is not { } index)
        {
            throw new CommandException(51246, "positional operator '.$' couldn't find a matching element in the array");
        }

        var values = array.AsDocument.Values().ToList();
        return index < values.Count
            ? RawValue.Array([values[index]])
            : throw new CommandException(51247, "positional operator '.$' element mismatch");
    }

    private static int Int(RawValue value) =>
        value.Type switch
        {
            BsonType.Double => (int)Math.Clamp(value.AsDouble, int.MinValue + 1, int.MaxValue),
            _ => (int)Math.Clamp(value.ToInt64() ?? 0, int.MinValue + 1, int.MaxValue),
        };
}
