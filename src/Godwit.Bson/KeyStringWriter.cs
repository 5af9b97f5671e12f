using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Godwit.Bson;

/// <summary>Writes the values of one key part: a class byte, then the value in a form that sorts as bytes.</summary>
internal readonly ref struct KeyStringWriter(IBufferWriter<byte> buffer, bool descending, IStringCollation? collation)
{
    private readonly byte mask = descending ? (byte)0xFF : (byte)0;

    internal void Write(RawValue value)
    {
        switch (value.Type)
        {
            case BsonType.Int32:
                WriteInteger(value.AsInt32);
                break;
            case BsonType.Int64:
                WriteInteger(value.AsInt64);
                break;
            case BsonType.Double:
                WriteDouble(value.AsDouble, DecimalMark.EqualsDouble);
                break;
            case BsonType.Decimal128:
                KeyStringDecimal.Write(this, Decimal128.FromRaw(value));
                break;
            case BsonType.String or BsonType.Symbol:
                WriteClass(KeyStringClass.String);
                WriteText(
                    collation is null ? value.Bytes.Span[4..^1] : collation.SortKey(value.Bytes.Span[4..^1]).Span
                );
                break;
            case BsonType.Document:
                WriteClass(KeyStringClass.Document);
                WriteFields(value.AsDocument, collation);
                break;
            case BsonType.Array:
                WriteArray(value.AsDocument);
                break;
            default:
                WriteScalar(value);
                break;
        }
    }

    internal void WriteByte(byte value)
    {
        buffer.GetSpan(1)[0] = (byte)(value ^ mask);
        buffer.Advance(1);
    }

    internal void WriteClass(KeyStringClass value) => WriteByte((byte)value);

    /// <summary>Eight bytes, those of negative numbers inverted.</summary>
    internal void WriteUInt64(ulong value, bool isNegative = false)
    {
        var flip = isNegative ? ~0UL : 0;
        BinaryPrimitives.WriteUInt64BigEndian(buffer.GetSpan(8), value ^ flip ^ (mask == 0 ? 0 : ~0UL));
        buffer.Advance(8);
    }

    internal void WriteInteger(long value)
    {
        switch (value)
        {
            case 0:
                WriteClass(KeyStringClass.Zero);
                break;
            case long.MinValue:
                WriteLargeDouble(long.MinValue, DecimalMark.EqualsDouble);
                break;
            default:
                WriteMagnitude((ulong)Math.Abs(value) << 1, value < 0);
                break;
        }
    }

    /// <summary>The whole part of a number in as few bytes as it takes; its lowest bit says that a fraction follows.</summary>
    internal void WriteMagnitude(ulong shifted, bool isNegative)
    {
        var length = (71 - BitOperations.LeadingZeroCount(shifted)) / 8;
        WriteWholeClass(length, isNegative);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, isNegative ? ~shifted : shifted);
        WriteRaw(bytes[(8 - length)..]);
    }

    internal void WriteDouble(double value, DecimalMark mark)
    {
        var magnitude = Math.Abs(value);
        if (double.IsNaN(value))
        {
            WriteClass(KeyStringClass.NaN);
        }
        else if (magnitude == 0)
        {
            WriteClass(KeyStringClass.Zero);
        }
        else if (magnitude < 1)
        {
            WriteSmallDouble(value, mark);
        }
        else if (magnitude >= 9223372036854775808.0)
        {
            WriteLargeDouble(value, mark);
        }
        else
        {
            WriteMiddleDouble(magnitude, value < 0, mark);
        }
    }

    internal void WriteSmallDouble(double value, DecimalMark mark)
    {
        WriteClass(value < 0 ? KeyStringClass.NegativeFraction : KeyStringClass.PositiveFraction);
        var magnitude = Math.Abs(value);

        // From 2^-255 on the two top bits are free and the mark takes two; below, the number is lifted by 2^256 so that
        // subnormal ones keep their digits, and the mark has one bit.
        var encoded =
            magnitude >= KeyStringDecimal.LeastWithTwoBitMark
                ? (BitConverter.DoubleToUInt64Bits(magnitude) << 2) | (ulong)mark
                : LiftedBits(magnitude * KeyStringDecimal.Lift, mark);
        WriteUInt64(encoded, value < 0);
    }

    internal static ulong LiftedBits(double lifted, DecimalMark mark) =>
        ((BitConverter.DoubleToUInt64Bits(lifted) << 1) | OneBit(mark)) + (1UL << 62);

    internal void WriteLargeDouble(double value, DecimalMark mark)
    {
        WriteClass(value < 0 ? KeyStringClass.NegativeLarge : KeyStringClass.PositiveLarge);
        var encoded = double.IsInfinity(value)
            ? ~0UL
            : ((BitConverter.DoubleToUInt64Bits(value) << 1) & ~(1UL << 63)) | OneBit(mark);
        WriteUInt64(encoded, value < 0);
    }

    private static ulong OneBit(DecimalMark mark) => mark == DecimalMark.EqualsDouble ? 0UL : 1UL;

    /// <summary>From 1 to 2^63: the whole part as for integers, then the fraction, always eight bytes if there is one.</summary>
    private void WriteMiddleDouble(double magnitude, bool isNegative, DecimalMark mark)
    {
        var whole = (ulong)magnitude;
        if (whole == magnitude && mark == DecimalMark.EqualsDouble)
        {
            WriteMagnitude(whole << 1, isNegative);
            return;
        }

        var fractionBytes = BitOperations.LeadingZeroCount(whole << 1) / 8;
        WriteWholeClass(8 - fractionBytes, isNegative);
        var encoded = (ulong)Math.ScaleB(magnitude, 8 * fractionBytes);
        encoded += (whole + 1) << (8 * fractionBytes);
        WriteUInt64(encoded | (ulong)mark, isNegative);
    }

    private void WriteWholeClass(int length, bool isNegative) =>
        WriteByte(
            isNegative
                ? (byte)((byte)KeyStringClass.NegativeOneByte - (length - 1))
                : (byte)((byte)KeyStringClass.PositiveOneByte + (length - 1))
        );

    private void WriteScalar(RawValue value)
    {
        var bytes = value.Bytes.Span;
        WriteClass(
            value.Type == BsonType.Boolean && bytes[0] != 0 ? KeyStringClass.True : KeyStringClasses.Of(value.Type)
        );
        switch (value.Type)
        {
            case BsonType.ObjectId:
                WriteRaw(bytes);
                break;
            case BsonType.DateTime:
                WriteUInt64((ulong)value.AsDateTimeMilliseconds ^ (1UL << 63));
                break;
            case BsonType.Timestamp:
                WriteUInt64(value.AsTimestamp.Packed);
                break;
            case BsonType.Binary:
                WriteBinary(bytes);
                break;
            case BsonType.RegularExpression:
                WriteRaw(bytes);
                break;
            case BsonType.JavaScript:
                WriteText(bytes[4..^1]);
                break;
            case BsonType.JavaScriptWithScope:
                WriteCode(value.Bytes);
                break;
            case BsonType.DbPointer:
                WriteLength(BinaryPrimitives.ReadInt32LittleEndian(bytes) - 1);
                WriteRaw(bytes[4..^13]);
                WriteRaw(bytes[^12..]);
                break;
            default:
                break;
        }
    }

    private void WriteArray(RawDocument values)
    {
        WriteClass(KeyStringClass.Array);
        foreach (var element in values)
        {
            Write(element.Value);
        }

        WriteByte(0);
    }

    /// <summary>Per field the class of the type, the name, the value: so types decide before names, names before values.</summary>
    private void WriteFields(RawDocument document, IStringCollation? strings)
    {
        var writer = new KeyStringWriter(buffer, mask != 0, strings);
        foreach (var element in document)
        {
            WriteClass(KeyStringClasses.Of(element.Type));
            WriteRaw(element.NameUtf8.Span);
            WriteByte(0);
            writer.Write(element.Value);
        }

        WriteByte(0);
    }

    private void WriteCode(ReadOnlyMemory<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[4..]);
        WriteText(bytes.Span.Slice(8, length - 1));
        WriteFields(new(bytes[(8 + length)..]), null);
    }

    private void WriteBinary(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length - 5;
        if (length < 255)
        {
            WriteByte((byte)length);
        }
        else
        {
            WriteByte(0xFF);
            WriteLength(length);
        }

        WriteRaw(bytes[4..]);
    }

    private void WriteLength(int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        WriteRaw(bytes);
    }

    /// <summary>Text ends with a zero byte; one inside is followed by FF, so that a longer text sorts after its beginning.</summary>
    private void WriteText(ReadOnlySpan<byte> text)
    {
        for (var zero = text.IndexOf((byte)0); zero >= 0; zero = text.IndexOf((byte)0))
        {
            WriteRaw(text[..(zero + 1)]);
            WriteByte(0xFF);
            text = text[(zero + 1)..];
        }

        WriteRaw(text);
        WriteByte(0);
    }

    private void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        var span = buffer.GetSpan(Math.Max(bytes.Length, 1));
        bytes.CopyTo(span);
        for (var i = 0; mask != 0 && i < bytes.Length; i++)
        {
            span[i] ^= mask;
        }

        buffer.Advance(bytes.Length);
    }
}
