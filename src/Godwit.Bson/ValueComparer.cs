using System.Buffers;
using System.Buffers.Binary;

namespace Godwit.Bson;

/// <summary>
/// MongoDB's order of values of all types (manual: "Comparison/Sort Order"): by canonical type first, numbers by value
/// across their types, strings by bytes unless a collation is in force.
/// </summary>
public sealed class ValueComparer : IComparer<RawValue>, IEqualityComparer<RawValue>
{
    /// <summary>Compares strings by their bytes.</summary>
    public static readonly ValueComparer Binary = new(null);

    private readonly IStringCollation? collation;

    /// <summary>Compares strings by a collation, or by their bytes where it is <see langword="null"/>.</summary>
    public ValueComparer(IStringCollation? collation) => this.collation = collation;

    /// <summary>The bracket a type sorts in; types in one bracket compare with each other by value.</summary>
    public static int CanonicalType(BsonType type) =>
        type switch
        {
            BsonType.MinKey => -1,
            BsonType.MaxKey => 127,
            BsonType.Missing or BsonType.Undefined => 0,
            BsonType.Null => 5,
            BsonType.Double or BsonType.Int32 or BsonType.Int64 or BsonType.Decimal128 => 10,
            BsonType.String or BsonType.Symbol => 15,
            BsonType.Document => 20,
            BsonType.Array => 25,
            BsonType.Binary => 30,
            BsonType.ObjectId => 35,
            BsonType.Boolean => 40,
            BsonType.DateTime => 45,
            BsonType.Timestamp => 47,
            BsonType.RegularExpression => 50,
            BsonType.DbPointer => 55,
            BsonType.JavaScript => 60,
            BsonType.JavaScriptWithScope => 65,
            _ => throw new BsonFormatException($"unknown BSON type {type}"),
        };

    /// <summary>Compares two values of any types; strings by their bytes.</summary>
    public static int Compare(RawValue left, RawValue right) => CompareValues(left, right, null);

    /// <summary>Compares two values of any types; strings by <paramref name="collation"/> where one is given.</summary>
    public static int Compare(RawValue left, RawValue right, IStringCollation? collation) =>
        CompareValues(left, right, collation);

    /// <summary>Compares two documents field by field: type, then name, then value; a document that ends first is smaller.</summary>
    public static int Compare(RawDocument left, RawDocument right, IStringCollation? collation = null)
    {
        var leftFields = left.GetEnumerator();
        var rightFields = right.GetEnumerator();
        while (true)
        {
            var hasLeft = leftFields.MoveNext();
            var hasRight = rightFields.MoveNext();
            if (!hasLeft || !hasRight)
            {
                return hasLeft.CompareTo(hasRight);
            }

            var order = CompareElements(leftFields.Current, rightFields.Current, collation);
            if (order != 0)
            {
                return order;
            }
        }
    }

    /// <summary>Whether two values are equal as MongoDB sees it: 1 equals 1.0.</summary>
    public static bool AreEqual(RawValue left, RawValue right, IStringCollation? collation = null) =>
        CompareValues(left, right, collation) == 0;

    /// <summary>A hash that is equal for values that compare equal: that of the index key.</summary>
    public static int Hash(RawValue value, IStringCollation? collation = null)
    {
        if (value.Type == BsonType.ObjectId)
        {
            return BinaryPrimitives.ReadInt32LittleEndian(value.Bytes.Span[8..]);
        }

        var key = new ArrayBufferWriter<byte>(64);
        KeyString.Append(key, value.IsMissing ? RawValue.Undefined : value, descending: false, collation);
        var hash = default(HashCode);
        hash.AddBytes(key.WrittenSpan);
        return hash.ToHashCode();
    }

    int IComparer<RawValue>.Compare(RawValue x, RawValue y) => CompareValues(x, y, collation);

    /// <inheritdoc/>
    public bool Equals(RawValue x, RawValue y) => CompareValues(x, y, collation) == 0;

    /// <inheritdoc/>
    public int GetHashCode(RawValue obj) => Hash(obj, collation);

    private static int CompareElements(RawElement left, RawElement right, IStringCollation? collation)
    {
        var order = CanonicalType(left.Type) - CanonicalType(right.Type);
        if (order == 0)
        {
            order = left.NameUtf8.Span.SequenceCompareTo(right.NameUtf8.Span);
        }

        return order != 0 ? order : CompareValues(left.Value, right.Value, collation);
    }

    private static int CompareValues(RawValue left, RawValue right, IStringCollation? collation)
    {
        var order = CanonicalType(left.Type) - CanonicalType(right.Type);
        return order != 0 ? order : CompareWithinType(left, right, collation);
    }

    private static int CompareWithinType(RawValue left, RawValue right, IStringCollation? collation)
    {
        var leftBytes = left.Bytes.Span;
        var rightBytes = right.Bytes.Span;
        return left.Type switch
        {
            BsonType.Double or BsonType.Int32 or BsonType.Int64 or BsonType.Decimal128 => NumberComparer.Compare(
                left,
                right
            ),
            BsonType.String or BsonType.Symbol => collation is null
                ? leftBytes[4..^1].SequenceCompareTo(rightBytes[4..^1])
                : collation.Compare(leftBytes[4..^1], rightBytes[4..^1]),
            BsonType.JavaScript => leftBytes[4..^1].SequenceCompareTo(rightBytes[4..^1]),
            BsonType.Document or BsonType.Array => Compare(left.AsDocument, right.AsDocument, collation),
            BsonType.Binary or BsonType.DbPointer => ByLengthThenBytes(leftBytes, rightBytes),
            BsonType.Boolean => (leftBytes[0] != 0).CompareTo(rightBytes[0] != 0),
            BsonType.DateTime => left.AsDateTimeMilliseconds.CompareTo(right.AsDateTimeMilliseconds),
            BsonType.Timestamp => left.AsTimestamp.CompareTo(right.AsTimestamp),
            BsonType.JavaScriptWithScope => CompareCode(left.Bytes, right.Bytes),
            _ => leftBytes.SequenceCompareTo(rightBytes),
        };
    }

    /// <summary>Binary and DBPointer: shorter first, then what follows the length word, the subtype included.</summary>
    private static int ByLengthThenBytes(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var order = left.Length.CompareTo(right.Length);
        return order != 0 ? order : left[4..].SequenceCompareTo(right[4..]);
    }

    private static int CompareCode(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right)
    {
        var leftText = BinaryPrimitives.ReadInt32LittleEndian(left.Span[4..]);
        var rightText = BinaryPrimitives.ReadInt32LittleEndian(right.Span[4..]);
        var order = left.Span.Slice(8, leftText - 1).SequenceCompareTo(right.Span.Slice(8, rightText - 1));
        return order != 0
            ? order
            : Compare(new RawDocument(left[(8 + leftText)..]), new RawDocument(right[(8 + rightText)..]));
    }
}
