using System.Buffers;

namespace Godwit.Bson;

/// <summary>
/// MongoDB's KeyString encoding, version 1: values of any types as bytes that compare, as bytes, in MongoDB's order, equal
/// for equal values. Indexes, ranges and lanes compare these instead of values (S2).
/// </summary>
public static class KeyString
{
    /// <summary>Ends a complete key.</summary>
    public const byte End = 0x04;

    /// <summary>Instead of <see cref="End"/>: just before every key that starts with the same values.</summary>
    public const byte Before = 0x01;

    /// <summary>Instead of <see cref="End"/>: just after every key that starts with the same values.</summary>
    public const byte After = 0xFE;

    /// <summary>Appends one value without an end byte; an absent value counts as null, as in an index.</summary>
    public static void Append(IBufferWriter<byte> buffer, RawValue value) => Append(buffer, value, descending: false);

    /// <summary>Appends one value, its bytes inverted where the key part descends, its strings as a collation's sort keys.</summary>
    public static void Append(
        IBufferWriter<byte> buffer,
        RawValue value,
        bool descending,
        IStringCollation? collation = null
    ) => new KeyStringWriter(buffer, descending, collation).Write(value);

    /// <summary>The complete key of one value, end byte included.</summary>
    public static byte[] Encode(RawValue value, IStringCollation? collation = null)
    {
        var buffer = new ArrayBufferWriter<byte>(32);
        Append(buffer, value, descending: false, collation);
        buffer.Write([End]);
        return buffer.WrittenSpan.ToArray();
    }
}
