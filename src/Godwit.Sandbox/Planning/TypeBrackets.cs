using Godwit.Bson;

namespace Godwit.Sandbox.Planning;

/// <summary>The least and greatest values of the types that range operators stay within.</summary>
internal static class TypeBrackets
{
    private static readonly RawValue EmptyDocument = RawDocument.Empty;
    private static readonly RawValue EmptyArray = new ArrayBuilder().Build();
    private static readonly RawValue LowestId = RawValue.ObjectId(new byte[12]);
    private static readonly RawValue HighestId = RawValue.ObjectId([.. Enumerable.Repeat((byte)0xFF, 12)]);

    /// <summary>All values of the type's bracket; <see langword="null"/> for types that indexes are not asked for by range.</summary>
    internal static ValueInterval? Of(BsonType type) =>
        type switch
        {
            BsonType.Int32 or BsonType.Int64 or BsonType.Double or BsonType.Decimal128 => new(
                double.NegativeInfinity,
                true,
                double.PositiveInfinity,
                true
            ),
            BsonType.String => new("", true, EmptyDocument, false),
            BsonType.Document => new(EmptyDocument, true, EmptyArray, false),
            BsonType.Binary => new(RawValue.Binary([]), true, LowestId, false),
            BsonType.ObjectId => new(LowestId, true, HighestId, true),
            BsonType.Boolean => new(false, true, true, true),
            BsonType.DateTime => new(RawValue.DateTime(long.MinValue), true, RawValue.DateTime(long.MaxValue), true),
            BsonType.Timestamp => new(
                RawValue.Timestamp(ClusterTime.Zero),
                true,
                RawValue.Timestamp(ClusterTime.MaxValue),
                true
            ),
            _ => null,
        };
}
