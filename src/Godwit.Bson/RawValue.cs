using System.Buffers.Binary;
using System.Text;

namespace Godwit.Bson;

/// <summary>
/// A BSON value as its type and bytes: a view into a document, or freshly made by one of the factories.
/// <c>default</c> is the absent value (<see cref="BsonType.Missing"/>).
/// </summary>
public readonly struct RawValue : IEquatable<RawValue>
{
    /// <summary>The absent value.</summary>
    public static readonly RawValue Missing;

    /// <summary>Null.</summary>
    public static readonly RawValue Null = new(BsonType.Null, default);

    /// <summary>Undefined.</summary>
    public static readonly RawValue Undefined = new(BsonType.Undefined, default);

    /// <summary>MinKey.</summary>
    public static readonly RawValue MinKey = new(BsonType.MinKey, default);

    /// <summary>MaxKey.</summary>
    public static readonly RawValue MaxKey = new(BsonType.MaxKey, default);

    /// <summary>True.</summary>
    public static readonly RawValue True = new(BsonType.Boolean, new byte[] { 1 });

    /// <summary>False.</summary>
    public static readonly RawValue False = new(BsonType.Boolean, new byte[] { 0 });

    /// <summary>Views the bytes of a value of known type; no check.</summary>
    public RawValue(BsonType type, ReadOnlyMemory<byte> bytes)
    {
        Type = type;
        Bytes = bytes;
    }

    /// <summary>The type.</summary>
    public BsonType Type { get; }

    /// <summary>The bytes of the value as they stand in a document (without type byte and name).</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Whether this is the absent value.</summary>
    public bool IsMissing => Type == BsonType.Missing;

    /// <summary>Absent, null or undefined.</summary>
    public bool IsNullish => Type is BsonType.Missing or BsonType.Null or BsonType.Undefined;

    /// <summary>Int32, Int64, Double or Decimal128.</summary>
    public bool IsNumber => Type is BsonType.Int32 or BsonType.Int64 or BsonType.Double or BsonType.Decimal128;

    /// <summary>The value of an Int32.</summary>
    public int AsInt32 => BinaryPrimitives.ReadInt32LittleEndian(Expect(BsonType.Int32));

    /// <summary>The value of an Int64.</summary>
    public long AsInt64 => BinaryPrimitives.ReadInt64LittleEndian(Expect(BsonType.Int64));

    /// <summary>The value of a Double.</summary>
    public double AsDouble => BinaryPrimitives.ReadDoubleLittleEndian(Expect(BsonType.Double));

    /// <summary>The value of a Boolean.</summary>
    public bool AsBoolean => Expect(BsonType.Boolean)[0] != 0;

    /// <summary>Milliseconds since the Unix epoch of a DateTime.</summary>
    public long AsDateTimeMilliseconds => BinaryPrimitives.ReadInt64LittleEndian(Expect(BsonType.DateTime));

    /// <summary>The value of a Timestamp.</summary>
    public ClusterTime AsTimestamp =>
        ClusterTime.FromPacked(BinaryPrimitives.ReadUInt64LittleEndian(Expect(BsonType.Timestamp)));

    /// <summary>The text of a String, Symbol or JavaScript value.</summary>
    public string AsString => Encoding.UTF8.GetString(AsStringUtf8.Span);

    /// <summary>The UTF-8 bytes of a String, Symbol or JavaScript value, without length and terminator.</summary>
    public ReadOnlyMemory<byte> AsStringUtf8 =>
        Type is BsonType.String or BsonType.Symbol or BsonType.JavaScript
            ? Bytes[4..^1]
            : throw new InvalidOperationException($"a value of type {Type} is not text");

    /// <summary>The embedded document; for an array, the document that carries it.</summary>
    public RawDocument AsDocument =>
        Type is BsonType.Document or BsonType.Array
            ? new(Bytes)
            : throw new InvalidOperationException($"a value of type {Type} is not a document");

    /// <summary>The 12 bytes of an ObjectId.</summary>
    public ReadOnlyMemory<byte> AsObjectId
    {
        get
        {
            _ = Expect(BsonType.ObjectId);
            return Bytes;
        }
    }

    /// <summary>The subtype byte of a Binary.</summary>
    public byte BinarySubtype => Expect(BsonType.Binary)[4];

    /// <summary>The data of a Binary (for subtype 2 with its inner length word).</summary>
    public ReadOnlyMemory<byte> BinaryData
    {
        get
        {
            _ = Expect(BsonType.Binary);
            return Bytes[5..];
        }
    }

    /// <summary>A UUID from a Binary of subtype 4 (RFC 4122 byte order).</summary>
    public Guid AsUuid => new(BinaryData.Span, bigEndian: true);

    /// <summary>Pattern and options of a regular expression.</summary>
    public (string Pattern, string Options) AsRegularExpression
    {
        get
        {
            var span = Expect(BsonType.RegularExpression);
            var end = span.IndexOf((byte)0);
            return (Encoding.UTF8.GetString(span[..end]), Encoding.UTF8.GetString(span[(end + 1)..^1]));
        }
    }

    /// <summary>Makes an Int32.</summary>
    public static RawValue Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return new(BsonType.Int32, bytes);
    }

    /// <summary>Makes an Int64.</summary>
    public static RawValue Int64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return new(BsonType.Int64, bytes);
    }

    /// <summary>Makes an Int32 of a number that fits, else an Int64: how MongoDB writes counters.</summary>
    public static RawValue Narrow(long value) =>
        value is >= int.MinValue and <= int.MaxValue ? Int32((int)value) : Int64(value);

    /// <summary>Makes a Double.</summary>
    public static RawValue Double(double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return new(BsonType.Double, bytes);
    }

    /// <summary>Makes a Boolean.</summary>
    public static RawValue Boolean(bool value) => value ? True : False;

    /// <summary>Makes a DateTime from milliseconds since the Unix epoch.</summary>
    public static RawValue DateTime(long milliseconds) => new(BsonType.DateTime, Int64(milliseconds).Bytes);

    /// <summary>Makes a DateTime, cut to milliseconds.</summary>
    public static RawValue DateTime(DateTimeOffset time) => DateTime(time.ToUnixTimeMilliseconds());

    /// <summary>Makes a Timestamp.</summary>
    public static RawValue Timestamp(ClusterTime time) => new(BsonType.Timestamp, Int64((long)time.Packed).Bytes);

    /// <summary>Makes a String.</summary>
    public static RawValue String(string text) => Text(BsonType.String, Encoding.UTF8.GetBytes(text));

    /// <summary>Makes a String, Symbol or JavaScript value from UTF-8 bytes.</summary>
    public static RawValue Text(BsonType type, ReadOnlySpan<byte> utf8)
    {
        var bytes = new byte[utf8.Length + 5];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, utf8.Length + 1);
        utf8.CopyTo(bytes.AsSpan(4));
        return new(type, bytes);
    }

    /// <summary>Makes an ObjectId from its 12 bytes.</summary>
    public static RawValue ObjectId(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 12
            ? new(BsonType.ObjectId, bytes.ToArray())
            : throw new ArgumentException("an ObjectId has 12 bytes", nameof(bytes));

    /// <summary>Makes a Binary.</summary>
    public static RawValue Binary(ReadOnlySpan<byte> data, byte subtype = 0)
    {
        var bytes = new byte[data.Length + 5];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, data.Length);
        bytes[4] = subtype;
        data.CopyTo(bytes.AsSpan(5));
        return new(BsonType.Binary, bytes);
    }

    /// <summary>Makes a UUID: a Binary of subtype 4.</summary>
    public static RawValue Uuid(Guid value) => Binary(value.ToByteArray(bigEndian: true), 4);

    /// <summary>Makes a regular expression.</summary>
    public static RawValue RegularExpression(string pattern, string options)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(pattern) + Encoding.UTF8.GetByteCount(options) + 2];
        var written = Encoding.UTF8.GetBytes(pattern, bytes);
        _ = Encoding.UTF8.GetBytes(options, bytes.AsSpan(written + 1));
        return new(BsonType.RegularExpression, bytes);
    }

    /// <summary>Makes an embedded document.</summary>
    public static RawValue Document(RawDocument document) => new(BsonType.Document, document.Bytes);

    /// <summary>Makes an array of values.</summary>
    public static RawValue Array(IEnumerable<RawValue> values)
    {
        var builder = new ArrayBuilder();
        foreach (var value in values)
        {
            builder.Add(value);
        }

        return builder.Build();
    }

    /// <summary>Makes an Int32.</summary>
    public static implicit operator RawValue(int value) => Int32(value);

    /// <summary>Makes an Int64.</summary>
    public static implicit operator RawValue(long value) => Int64(value);

    /// <summary>Makes a Double.</summary>
    public static implicit operator RawValue(double value) => Double(value);

    /// <summary>Makes a Boolean.</summary>
    public static implicit operator RawValue(bool value) => Boolean(value);

    /// <summary>Makes a String.</summary>
    public static implicit operator RawValue(string value) => String(value);

    /// <summary>Makes an embedded document.</summary>
    public static implicit operator RawValue(RawDocument value) => Document(value);

    /// <summary>Makes a Timestamp.</summary>
    public static implicit operator RawValue(ClusterTime value) => Timestamp(value);

    /// <summary>Makes an embedded document from what has been built so far.</summary>
    public static implicit operator RawValue(DocumentBuilder value) => Document(value.Build());

    /// <summary>A number of any numeric type as a 64-bit integer, cut towards zero; <see langword="null"/> if it is no number or out of range.</summary>
    public long? ToInt64() =>
        Type switch
        {
            BsonType.Int32 => AsInt32,
            BsonType.Int64 => AsInt64,
            BsonType.Double when AsDouble is > -9.3e18 and < 9.2e18 => (long)AsDouble,
            BsonType.Decimal128 => Decimal128.FromRaw(this).ToInt64(),
            _ => null,
        };

    /// <summary>MongoDB's truth: everything is true but absent, null, undefined, false and zero.</summary>
    public bool IsTruthy() =>
        Type switch
        {
            BsonType.Missing or BsonType.Null or BsonType.Undefined => false,
            BsonType.Boolean => AsBoolean,
            BsonType.Int32 => AsInt32 != 0,
            BsonType.Int64 => AsInt64 != 0,
            BsonType.Double => AsDouble != 0,
            BsonType.Decimal128 => !Decimal128.FromRaw(this).IsZero,
            _ => true,
        };

    /// <summary>Same type and same bytes. For MongoDB's equality (1 equals 1.0) see <see cref="ValueComparer"/>.</summary>
    public bool Equals(RawValue other) => Type == other.Type && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RawValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Type);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>Same type and same bytes.</summary>
    public static bool operator ==(RawValue left, RawValue right) => left.Equals(right);

    /// <summary>Another type or other bytes.</summary>
    public static bool operator !=(RawValue left, RawValue right) => !left.Equals(right);

    /// <summary>For people and test output; not a format to parse.</summary>
    public override string ToString() => RawText.Describe(this);

    /// <summary>How many bytes a value of <paramref name="type"/> takes at the start of <paramref name="rest"/>.</summary>
    /// <exception cref="BsonFormatException">The type is unknown or the value does not end within <paramref name="rest"/>.</exception>
    internal static int MeasureLength(BsonType type, ReadOnlySpan<byte> rest)
    {
        long length = type switch
        {
            BsonType.Double or BsonType.DateTime or BsonType.Timestamp or BsonType.Int64 => 8,
            BsonType.String or BsonType.JavaScript or BsonType.Symbol => 4L + LengthWord(rest, 1),
            BsonType.Document or BsonType.Array => LengthWord(rest, 5),
            BsonType.Binary => 5L + LengthWord(rest, 0),
            BsonType.Undefined or BsonType.Null or BsonType.MinKey or BsonType.MaxKey => 0,
            BsonType.ObjectId => 12,
            BsonType.Boolean => 1,
            BsonType.RegularExpression => CStrings(rest),
            BsonType.DbPointer => 4L + LengthWord(rest, 1) + 12,
            BsonType.JavaScriptWithScope => LengthWord(rest, 14),
            BsonType.Int32 => 4,
            BsonType.Decimal128 => 16,
            BsonType.Missing => throw new BsonFormatException("type 0x00 is no element"),
            _ => throw new BsonFormatException(FormattableString.Invariant($"unknown BSON type 0x{(byte)type:X2}")),
        };
        return length <= rest.Length
            ? (int)length
            : throw new BsonFormatException(
                $"a value of type {type} needs {length} bytes where {rest.Length} are left"
            );
    }

    private static int LengthWord(ReadOnlySpan<byte> rest, int least)
    {
        if (rest.Length < 4)
        {
            throw new BsonFormatException("a length word is cut off");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        return length >= least
            ? length
            : throw new BsonFormatException($"a length word says {length}, least is {least}");
    }

    private static int CStrings(ReadOnlySpan<byte> rest)
    {
        var first = rest.IndexOf((byte)0);
        var second = first < 0 ? -1 : rest[(first + 1)..].IndexOf((byte)0);
        return second < 0 ? throw new BsonFormatException("a regular expression has no end") : first + second + 2;
    }

    private ReadOnlySpan<byte> Expect(BsonType type) =>
        Type == type ? Bytes.Span : throw new InvalidOperationException($"a value of type {Type} is not {type}");
}
