using System.Buffers;
using System.Buffers.Binary;
using CsCheck;

namespace Godwit.Bson.Tests;

/// <summary>Random values of every type, numbers crowded around the places where their types meet.</summary>
internal static class RawValues
{
    private static readonly double[] Edges =
    [
        0,
        0.1,
        0.5,
        1,
        1.5,
        2,
        255,
        256,
        9007199254740992,
        9007199254740991,
        9223372036854775808,
        1e-300,
        5e-324,
        2.3e-308,
        1.7272337110188893e-77,
        1e20,
        1e300,
        double.MaxValue,
        double.NaN,
        double.PositiveInfinity,
    ];

    internal static readonly Gen<RawValue> Number = Gen.OneOf(
        Gen.OneOf(Edges).Select(Gen.Bool, (number, isNegative) => RawValue.Double(isNegative ? -number : number)),
        Gen.Int[-3, 3].Select(RawValue.Int32),
        Gen.Long.Select(RawValue.Int64),
        Gen.Long[9007199254740990, 9007199254740995].Select(RawValue.Int64),
        Gen.Double.Select(RawValue.Double),
        Gen.Select(Gen.Int[-3, 300], Gen.Int[-2, 1], Gen.Bool).Select(Decimal),
        Gen.Select(Gen.ULong, Gen.Int[-330, 310], Gen.Bool)
            .Select((coefficient, exponent, isNegative) => Decimal(coefficient, exponent, isNegative)),
        Gen.Select(Gen.ULong[9007199254740990, 9007199254740995], Gen.Int[-1, 1], Gen.Bool)
            .Select((coefficient, exponent, isNegative) => Decimal(coefficient, exponent, isNegative))
    );

    private static readonly Gen<string> Text = Gen.OneOf("", "a", "b", "ab", "a\0", "a\0b", "é", "ÿ", "\uFFFD");

    private static readonly Gen<RawValue> Scalar = Gen.OneOf(
        Number,
        Number,
        Text.Select(RawValue.String),
        Gen.Bool.Select(RawValue.Boolean),
        Gen.Byte.Array[0, 4].Select(bytes => RawValue.Binary(bytes)),
        Gen.Long.Select(RawValue.DateTime),
        Gen.ULong.Select(packed => RawValue.Timestamp(ClusterTime.FromPacked(packed))),
        Gen.OneOf(RawValue.Null, RawValue.Undefined, RawValue.MinKey, RawValue.MaxKey),
        Gen.OneOf("a", "b", "a+").Select(pattern => RawValue.RegularExpression(pattern, "i"))
    );

    internal static readonly Gen<RawValue> Any = Gen.OneOf(
        Scalar,
        Scalar,
        Scalar.Array[0, 3].Select(values => RawValue.Array(values)),
        Gen.Select(Gen.OneOf("a", "b"), Scalar).Array[0, 3].Select(Document)
    );

    internal static byte[] Descending(RawValue value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        KeyString.Append(buffer, value, descending: true);
        buffer.Write([KeyString.End]);
        return buffer.WrittenSpan.ToArray();
    }

    private static RawValue Decimal(int coefficient, int exponent, bool isNegative) =>
        Decimal((ulong)Math.Abs(coefficient), exponent, isNegative);

    private static RawValue Decimal(ulong coefficient, int exponent, bool isNegative)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, coefficient);
        var high = ((ulong)(exponent + 6176) << 49) | (isNegative ? 1UL << 63 : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), high);
        return new(BsonType.Decimal128, bytes);
    }

    private static RawValue Document((string Name, RawValue Value)[] fields)
    {
        var builder = new DocumentBuilder();
        foreach (var (name, value) in fields)
        {
            _ = builder.Add(name, value);
        }

        return builder;
    }
}
