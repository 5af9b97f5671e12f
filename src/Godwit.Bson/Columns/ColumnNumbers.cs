using System.Buffers.Binary;

namespace Godwit.Bson.Columns;

/// <summary>How the column format turns values into integers whose differences are small, and back.</summary>
internal static class ColumnNumbers
{
    /// <summary>The scale of doubles that are taken by their bits.</summary>
    internal const int ScaleOfBits = 5;

    private const int SmallTextMax = 16;
    private const long ExactMax = 1L << 53;
    private static readonly double[] Scales = [1, 10, 100, 1e4, 1e8];

    /// <summary>Whether differences of differences are stored: for values that grow evenly.</summary>
    internal static bool GrowsEvenly(BsonType type) =>
        type is BsonType.DateTime or BsonType.Timestamp or BsonType.ObjectId;

    /// <summary>The integer of a value; <see langword="null"/> where the format has none for it.</summary>
    internal static Int128? Of(RawValue value, int scale)
    {
        var bytes = value.Bytes.Span;
        return value.Type switch
        {
            BsonType.Int32 => value.AsInt32,
            BsonType.Int64 => value.AsInt64,
            BsonType.Boolean => bytes[0],
            BsonType.DateTime => value.AsDateTimeMilliseconds,
            BsonType.Timestamp => (long)value.AsTimestamp.Packed,
            BsonType.Double => OfDouble(value.AsDouble, scale),
            BsonType.Decimal128 => BinaryPrimitives.ReadInt128LittleEndian(bytes),
            BsonType.ObjectId => OfObjectId(bytes),
            BsonType.String or BsonType.JavaScript => OfText(bytes[4..^1]),
            BsonType.Binary => bytes.Length - 5 <= SmallTextMax ? OfBytes(bytes[5..]) : null,
            _ => null,
        };
    }

    /// <summary>The value of an integer, like <paramref name="model"/> in all that the integer does not hold.</summary>
    internal static RawValue ToValue(Int128 number, RawValue model, int scale) =>
        model.Type switch
        {
            BsonType.Int32 => RawValue.Int32((int)number),
            BsonType.Int64 => RawValue.Int64((long)number),
            BsonType.Boolean => number != 0,
            BsonType.DateTime => RawValue.DateTime((long)number),
            BsonType.Timestamp => RawValue.Timestamp(ClusterTime.FromPacked((ulong)(long)number)),
            BsonType.Double => scale == ScaleOfBits
                ? BitConverter.Int64BitsToDouble((long)number)
                : (long)number / Scales[scale],
            BsonType.Decimal128 => new(BsonType.Decimal128, Bytes(number)),
            BsonType.ObjectId => ToObjectId((long)number, model),
            BsonType.String or BsonType.JavaScript => ToText(number, model.Type),
            BsonType.Binary => RawValue.Binary(Bytes(number).AsSpan(0, model.Bytes.Length - 5), model.BinarySubtype),
            _ => throw new BsonFormatException($"a column changes a value of type {model.Type}, which cannot change"),
        };

    /// <summary>Whether two values differ only in what their integers hold.</summary>
    internal static bool AreAlike(RawValue left, RawValue right) =>
        left.Type == right.Type
        && left.Type switch
        {
            BsonType.ObjectId => left.Bytes.Span[4..9].SequenceEqual(right.Bytes.Span[4..9]),
            BsonType.Binary => left.Bytes.Span[..5].SequenceEqual(right.Bytes.Span[..5]),
            _ => true,
        };

    private static Int128? OfDouble(double value, int scale)
    {
        if (scale == ScaleOfBits)
        {
            return BitConverter.DoubleToInt64Bits(value);
        }

        var scaled = value * Scales[scale];
        if (!(Math.Abs(scaled) <= ExactMax))
        {
            return null;
        }

        var whole = (long)Math.Round(scaled, MidpointRounding.AwayFromZero);
        return BitConverter.DoubleToInt64Bits(whole / Scales[scale]) == BitConverter.DoubleToInt64Bits(value)
            ? whole
            : null;
    }

    /// <summary>Counter and time interleaved, what changes fastest lowest; the process part is not in it.</summary>
    private static long OfObjectId(ReadOnlySpan<byte> id) =>
        BinaryPrimitives.ReadInt64LittleEndian([id[11], id[3], id[10], id[2], id[9], id[1], id[0], 0]);

    private static RawValue ToObjectId(long number, RawValue model)
    {
        Span<byte> parts = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(parts, number);
        Span<byte> id = stackalloc byte[12];
        model.Bytes.Span.CopyTo(id);
        (id[11], id[3], id[10], id[2]) = (parts[0], parts[1], parts[2], parts[3]);
        (id[9], id[1], id[0]) = (parts[4], parts[5], parts[6]);
        return RawValue.ObjectId(id);
    }

    /// <summary>Text is read backwards, so that its end, which differs most, is lowest.</summary>
    private static Int128? OfText(ReadOnlySpan<byte> text)
    {
        if (text.Length > SmallTextMax || (text.Length > 0 && text[0] == 0))
        {
            return null;
        }

        Span<byte> reversed = stackalloc byte[text.Length];
        text.CopyTo(reversed);
        reversed.Reverse();
        return OfBytes(reversed);
    }

    private static RawValue ToText(Int128 number, BsonType type)
    {
        var bytes = Bytes(number);
        Array.Reverse(bytes);
        return RawValue.Text(type, bytes.AsSpan().TrimStart((byte)0));
    }

    private static Int128 OfBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> all = stackalloc byte[SmallTextMax];
        all.Clear();
        bytes.CopyTo(all);
        return BinaryPrimitives.ReadInt128LittleEndian(all);
    }

    private static byte[] Bytes(Int128 number)
    {
        var bytes = new byte[SmallTextMax];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, number);
        return bytes;
    }
}
