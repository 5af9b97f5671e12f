using System.Buffers.Binary;

namespace Godwit.Bson.Columns;

/// <summary>One stream of values in a column: what the last one was, and the numbers still to be turned into values.</summary>
internal sealed class ColumnStream
{
    private readonly Queue<UInt128?> pending = new();
    private UInt128? lastNumber = UInt128.Zero;
    private RawValue last;
    private Int128 encoded;
    private Int128 growth;
    private int scale = ColumnNumbers.ScaleOfBits;

    /// <summary>A stream that has had no value.</summary>
    internal ColumnStream() { }

    /// <summary>A stream that goes on from a value.</summary>
    internal ColumnStream(RawValue reference) => Take(reference);

    /// <summary>Whether numbers are left.</summary>
    internal bool HasPending => pending.Count > 0;

    /// <summary>Goes on from a value that is written out.</summary>
    internal void Take(RawValue value)
    {
        last = value;
        growth = 0;
        lastNumber = UInt128.Zero;
        encoded = ColumnNumbers.Of(value, ColumnNumbers.ScaleOfBits) ?? 0;
    }

    /// <summary>Takes the words behind a control byte; gives how many bytes they and it take.</summary>
    internal int TakeWords(ReadOnlySpan<byte> bytes)
    {
        var control = bytes[0];
        var isScaled = control is >= 0x90 and < 0xE0;
        if (!isScaled && (control & 0xF0) != 0x80)
        {
            throw new BsonFormatException($"a column has the unknown control byte {control:X2}");
        }

        scale = isScaled ? (control >> 4) - 9 : ColumnNumbers.ScaleOfBits;
        if (last.Type == BsonType.Double)
        {
            encoded =
                ColumnNumbers.Of(last, scale)
                ?? throw new BsonFormatException("a double of a column has no value in its scale");
        }

        var count = (control & 0xF) + 1;
        for (var i = 0; i < count; i++)
        {
            foreach (
                var number in Simple8b.Read(BinaryPrimitives.ReadUInt64LittleEndian(bytes[(1 + (8 * i))..]), lastNumber)
            )
            {
                pending.Enqueue(number);
                lastNumber = number;
            }
        }

        return 1 + (8 * count);
    }

    /// <summary>The value of the next number; missing where there is none.</summary>
    internal RawValue Next()
    {
        if (pending.Dequeue() is not { } number)
        {
            return default;
        }

        var difference = Simple8b.UnZigZag(number);
        if (ColumnNumbers.GrowsEvenly(last.Type))
        {
            growth += difference;
            difference = growth;
        }

        if (difference != 0)
        {
            encoded += difference;
            last = ColumnNumbers.ToValue(encoded, last, scale);
        }

        return last;
    }
}
