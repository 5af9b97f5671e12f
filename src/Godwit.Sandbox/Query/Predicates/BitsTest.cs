using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary>The <c>$bits…</c> operators: bits of whole numbers (with their sign carried on for ever) and of binary data.</summary>
internal sealed class BitsTest : IValueTest
{
    private readonly IReadOnlyList<long> positions;
    private readonly bool wantsSet;
    private readonly bool wantsAll;

    private BitsTest(string name, IReadOnlyList<long> positions)
    {
        this.positions = positions;
        wantsSet = name is "$bitsAllSet" or "$bitsAnySet";
        wantsAll = name is "$bitsAllSet" or "$bitsAllClear";
    }

    public LeafArrays LeafArrays => LeafArrays.ElementsAndArray;

    internal static BitsTest Parse(string name, string path, RawValue value) =>
        value.Type switch
        {
            BsonType.Array => new(name, ParsePositions(value.AsDocument)),
            BsonType.Binary => new(name, SetBits(value.BinaryData.Span)),
            _ when value.IsNumber => new(
                name,
                SetBits(BitConverter.GetBytes(QueryErrors.NonNegativeInteger(name, value)))
            ),
            _ => throw QueryErrors.BadValue(
                $"{path} takes an Array, a number, or a BinData but received: {name}: {value}"
            ),
        };

    public bool Matches(RawValue value, MatchTrace? trace)
    {
        if (value.Type == BsonType.Binary)
        {
            var data = value.BinaryData;
            return Passes(position => position < data.Length * 8L && IsSet(data.Span, position));
        }

        return value.IsNumber
            && QueryErrors.WholeNumber(value) is { } number
            && Passes(position => ((number >> (int)Math.Min(position, 63)) & 1) != 0);
    }

    private bool Passes(Func<long, bool> isSet) =>
        wantsAll
            ? positions.All(position => isSet(position) == wantsSet)
            : positions.Any(position => isSet(position) == wantsSet);

    private static bool IsSet(ReadOnlySpan<byte> data, long position) =>
        ((data[(int)(position / 8)] >> (int)(position % 8)) & 1) != 0;

    private static List<long> SetBits(ReadOnlySpan<byte> mask)
    {
        var positions = new List<long>();
        for (var position = 0L; position < mask.Length * 8L; position++)
        {
            if (IsSet(mask, position))
            {
                positions.Add(position);
            }
        }

        return positions;
    }

    private static List<long> ParsePositions(RawDocument array)
    {
        var positions = new List<long>();
        foreach (var element in array)
        {
            try
            {
                positions.Add(QueryErrors.NonNegativeInteger(element.Name, element.Value));
            }
            catch (CommandException refusal)
            {
                throw QueryErrors.BadValue($"Failed to parse bit position. {refusal.Message}");
            }
        }

        return positions;
    }
}
