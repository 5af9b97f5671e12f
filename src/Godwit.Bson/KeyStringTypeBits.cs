using System.Buffers.Binary;

namespace Godwit.Bson;

/// <summary>
/// What a <see cref="KeyString"/> leaves out so that equal values have equal keys: which numeric type a number has, the exponent a
/// decimal was written with, whether a text is a symbol. MongoDB keeps these bits beside a key; resume tokens carry them too.
/// </summary>
public sealed class KeyStringTypeBits
{
    private const int Integer = 0b00;
    private const int Long = 0b01;
    private const int Double = 0b10;
    private const int Decimal = 0b11;
    private const int NegativeDoubleZero = 0b11000;
    private const int FirstDecimalZero = 0b11010;
    private const int DecimalExponentBits = 6;
    private const int DecimalExponents = 3 << 12;
    private const int ShortSizeMax = 127;
    private readonly List<byte> bits = [];
    private int count;

    /// <summary>Whether every bit is zero: then nothing is kept.</summary>
    public bool IsEmpty => bits.TrueForAll(value => value == 0);

    /// <summary>Adds the bits of a value, in the order in which its key was written.</summary>
    public void Append(RawValue value)
    {
        switch (value.Type)
        {
            case BsonType.Int32:
                Add(Integer, 2);
                break;
            case BsonType.Int64:
                Add(Long, 2);
                break;
            case BsonType.Double:
                AppendDouble(value.AsDouble);
                break;
            case BsonType.Decimal128:
                AppendDecimal(value);
                break;
            case BsonType.String:
                Add(0, 1);
                break;
            case BsonType.Symbol:
                Add(1, 1);
                break;
            case BsonType.Document or BsonType.Array:
                AppendAll(value.AsDocument);
                break;
            case BsonType.JavaScriptWithScope:
                AppendAll(new(value.Bytes[(8 + BinaryPrimitives.ReadInt32LittleEndian(value.Bytes.Span[4..]))..]));
                break;
            default:
                break;
        }
    }

    /// <summary>The bits with their size before them; one byte alone where that says it all.</summary>
    public byte[] ToArray()
    {
        if (bits.Count == 1 && bits[0] < 0x80)
        {
            return [bits[0]];
        }

        if (bits.Count <= ShortSizeMax)
        {
            return [(byte)(0x80 | bits.Count), .. bits];
        }

        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, bits.Count);
        return [0x80, .. size, .. bits];
    }

    private void AppendAll(RawDocument document)
    {
        foreach (var element in document)
        {
            Append(element.Value);
        }
    }

    private void AppendDouble(double value)
    {
        if (value == 0 && double.IsNegative(value))
        {
            Add(NegativeDoubleZero, 5);
        }
        else
        {
            Add(Double, 2);
        }
    }

    private void AppendDecimal(RawValue value)
    {
        var number = Decimal128.FromRaw(value);
        var exponent = number.Exponent - Decimal128.ExponentMin;
        if (number.IsZero)
        {
            var which = exponent + (number.IsNegative ? DecimalExponents : 0);
            Add(FirstDecimalZero + (which >> 12), 5);
            Add(which & 0xFFF, 12);
            return;
        }

        Add(Decimal, 2);
        if (number.IsFinite)
        {
            Add(exponent & ((1 << DecimalExponentBits) - 1), DecimalExponentBits);
        }
    }

    /// <summary>Adds the lowest bits of a number, the highest of them first.</summary>
    private void Add(int value, int length)
    {
        for (var position = length - 1; position >= 0; position--, count++)
        {
            if (count % 8 == 0)
            {
                bits.Add(0);
            }

            bits[^1] |= (byte)(((value >> position) & 1) << (count % 8));
        }
    }
}
