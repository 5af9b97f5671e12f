using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Godwit.Bson;

/// <summary>The 64-bit hash that hashed indexes and hashed sharding use: the start of an MD5 over the value, all numbers as 64-bit integers.</summary>
public static class HashedKey
{
    /// <summary>The hash of a value; an absent one hashes as null.</summary>
    public static long Compute(RawValue value)
    {
        var input = new ArrayBufferWriter<byte>(64);
        WriteInt32(input, 0); // the seed
        Write(input, value.IsMissing ? RawValue.Null : value, default);
        Span<byte> digest = stackalloc byte[16];
        _ = MD5.HashData(input.WrittenSpan, digest);
        return BinaryPrimitives.ReadInt64LittleEndian(digest);
    }

    private static void Write(ArrayBufferWriter<byte> input, RawValue value, ReadOnlyMemory<byte>? name)
    {
        WriteInt32(input, ValueComparer.CanonicalType(value.Type));
        if (name is { } given)
        {
            input.Write(given.Span);
            input.Write<byte>([0]);
        }

        if (value.IsNumber)
        {
            BinaryPrimitives.WriteInt64LittleEndian(input.GetSpan(8), WholePart(value));
            input.Advance(8);
        }
        else if (value.Type is BsonType.Document or BsonType.Array)
        {
            WriteFields(input, value.AsDocument);
        }
        else if (value.Type == BsonType.JavaScriptWithScope)
        {
            var textLength = BinaryPrimitives.ReadInt32LittleEndian(value.Bytes.Span[4..]);
            input.Write(value.Bytes.Span.Slice(8, textLength));
            WriteFields(input, new(value.Bytes[(8 + textLength)..]));
        }
        else
        {
            input.Write(value.Bytes.Span);
        }
    }

    private static void WriteFields(ArrayBufferWriter<byte> input, RawDocument document)
    {
        foreach (var element in document)
        {
            Write(input, element.Value, element.NameUtf8);
        }

        WriteInt32(input, 0);
    }

    /// <summary>Doubles cut towards zero, decimals rounded half to even; beyond 64 bits the nearest end; NaN as zero.</summary>
    private static long WholePart(RawValue value) =>
        value.Type switch
        {
            BsonType.Double => WholePart(value.AsDouble),
            BsonType.Decimal128 => WholePart(Decimal128.FromRaw(value)),
            BsonType.Int32 => value.AsInt32,
            _ => value.AsInt64,
        };

    private static long WholePart(double value) =>
        value switch
        {
            double.NaN => 0,
            // Exactly 2^63 has always wrapped round in the server, and hashes must not change.
            9223372036854775808.0 => long.MinValue,
            > 9223372036854775808.0 => long.MaxValue,
            < -9223372036854775808.0 => long.MinValue,
            _ => (long)value,
        };

    private static long WholePart(Decimal128 value)
    {
        if (!value.IsFinite)
        {
            return value.IsNaN ? 0
                : value.IsNegative ? long.MinValue
                : long.MaxValue;
        }

        var whole = DecimalParts.Of(value).Round();
        return (long)BigInteger.Clamp(whole, long.MinValue, long.MaxValue);
    }

    private static void WriteInt32(ArrayBufferWriter<byte> input, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(input.GetSpan(4), value);
        input.Advance(4);
    }
}
