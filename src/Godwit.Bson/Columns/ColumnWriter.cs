using System.Buffers;
using System.Buffers.Binary;

namespace Godwit.Bson.Columns;

/// <summary>
/// Writes a binary of subtype 7: a value where it is the first or too far from the one before, else its difference. Objects are
/// written out, or as a difference of nothing where they are the same again.
/// </summary>
public sealed class ColumnWriter
{
    private const int WordsMax = 16;
    private readonly ArrayBufferWriter<byte> buffer = new(64);
    private readonly List<UInt128?> pending = [];
    private RawValue last;
    private Int128 growth;
    private int scale = ColumnNumbers.ScaleOfBits;

    /// <summary>Adds the next value; a missing one where a measurement has none.</summary>
    public void Append(RawValue value)
    {
        if (value.IsMissing)
        {
            pending.Add(null);
            return;
        }

        if (Difference(value) is not { } difference || !Simple8b.Fits(difference))
        {
            Flush();
            buffer.Write<byte>([(byte)value.Type, 0]);
            buffer.Write(value.Bytes.Span);
            growth = 0;
            scale = value.Type == BsonType.Double ? ScaleOf(value, value) : ColumnNumbers.ScaleOfBits;
        }
        else
        {
            pending.Add(difference);
        }

        last = value;
    }

    /// <summary>The column.</summary>
    public byte[] ToArray()
    {
        Flush();
        return [.. buffer.WrittenSpan, 0];
    }

    private UInt128? Difference(RawValue value)
    {
        if (last.IsMissing || !ColumnNumbers.AreAlike(last, value))
        {
            return null;
        }

        if (value.Type == BsonType.Double && !FitsScale(value))
        {
            Flush();
            scale = ScaleOf(last, value);
        }

        if (ColumnNumbers.Of(value, scale) is not { } number || ColumnNumbers.Of(last, scale) is not { } before)
        {
            return value == last ? UInt128.Zero : null;
        }

        var difference = number - before;
        if (!ColumnNumbers.GrowsEvenly(value.Type))
        {
            return Simple8b.ZigZag(difference);
        }

        var more = difference - growth;
        if (Simple8b.Fits(Simple8b.ZigZag(more)))
        {
            growth = difference;
        }

        return Simple8b.ZigZag(more);
    }

    private bool FitsScale(RawValue value) =>
        ColumnNumbers.Of(value, scale) is not null && ColumnNumbers.Of(last, scale) is not null;

    private static int ScaleOf(RawValue left, RawValue right) =>
        Enumerable
            .Range(0, ColumnNumbers.ScaleOfBits + 1)
            .First(one => ColumnNumbers.Of(left, one) is not null && ColumnNumbers.Of(right, one) is not null);

    private void Flush()
    {
        foreach (var group in Simple8b.Pack(pending).Chunk(WordsMax))
        {
            var control = scale == ColumnNumbers.ScaleOfBits ? 0x80 : 0x90 + (scale << 4);
            buffer.Write<byte>([(byte)(control | (group.Length - 1))]);
            foreach (var word in group)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(8), word);
                buffer.Advance(8);
            }
        }

        pending.Clear();
    }
}
