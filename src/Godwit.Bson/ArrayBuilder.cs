using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections;

namespace Godwit.Bson;

/// <summary>Writes a BSON array value by value. Works with collection initialisers.</summary>
public sealed class ArrayBuilder : IEnumerable<RawValue>
{
    private readonly ArrayBufferWriter<byte> buffer = new(64);

    /// <summary>Starts an empty array.</summary>
    public ArrayBuilder() => buffer.Write<byte>([0, 0, 0, 0]);

    /// <summary>Number of values so far.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes the array would have if built now.</summary>
    public int Length => buffer.WrittenCount + 1;

    /// <summary>Appends a value; an absent one is written as null, since an array has no holes.</summary>
    public ArrayBuilder Add(RawValue value)
    {
        if (value.IsMissing)
        {
            value = RawValue.Null;
        }

        var bytes = value.Bytes.Span;
        var span = buffer.GetSpan(bytes.Length + 13);
        span[0] = (byte)value.Type;
        _ = Utf8Formatter.TryFormat(Count, span[1..], out var digits);
        span[digits + 1] = 0;
        bytes.CopyTo(span[(digits + 2)..]);
        buffer.Advance(bytes.Length + digits + 2);
        Count++;
        return this;
    }

    /// <summary>The array written so far.</summary>
    public RawValue Build()
    {
        var bytes = new byte[Length];
        buffer.WrittenSpan.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        return new(BsonType.Array, bytes);
    }

    /// <inheritdoc/>
    public IEnumerator<RawValue> GetEnumerator() => Build().AsDocument.Values().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
