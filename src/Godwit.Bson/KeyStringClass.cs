namespace Godwit.Bson;

/// <summary>The first byte of every value in a KeyString: the brackets of MongoDB's order, numbers split further by size.</summary>
internal enum KeyStringClass : byte
{
    MinKey = 10,
    Undefined = 15,
    Null = 20,
    NaN = 30,
    NegativeLarge = 31,

    /// <summary>Longer whole parts count down from here.</summary>
    NegativeOneByte = 39,
    NegativeFraction = 40,
    Zero = 41,
    PositiveFraction = 42,

    /// <summary>Longer whole parts count up from here.</summary>
    PositiveOneByte = 43,
    PositiveLarge = 51,
    String = 60,
    Document = 70,
    Array = 80,
    Binary = 90,
    ObjectId = 100,
    False = 110,
    True = 111,
    DateTime = 120,
    Timestamp = 130,
    RegularExpression = 140,
    DbPointer = 150,
    JavaScript = 160,
    JavaScriptWithScope = 170,
    MaxKey = 240,
}

/// <summary>How the double in a decimal's key relates to the decimal.</summary>
internal enum DecimalMark : byte
{
    EqualsDouble = 0,
    BelowFifteenDigits = 1,
    EqualsFifteenDigits = 2,
    AboveFifteenDigits = 3,
}

/// <summary>The class of a type as a whole, which stands before the names of fields.</summary>
internal static class KeyStringClasses
{
    internal static KeyStringClass Of(BsonType type) =>
        type switch
        {
            BsonType.MinKey => KeyStringClass.MinKey,
            BsonType.Undefined => KeyStringClass.Undefined,
            BsonType.Null or BsonType.Missing => KeyStringClass.Null,
            BsonType.Double or BsonType.Int32 or BsonType.Int64 or BsonType.Decimal128 => KeyStringClass.NaN,
            BsonType.String or BsonType.Symbol => KeyStringClass.String,
            BsonType.Document => KeyStringClass.Document,
            BsonType.Array => KeyStringClass.Array,
            BsonType.Binary => KeyStringClass.Binary,
            BsonType.ObjectId => KeyStringClass.ObjectId,
            BsonType.Boolean => KeyStringClass.False,
            BsonType.DateTime => KeyStringClass.DateTime,
            BsonType.Timestamp => KeyStringClass.Timestamp,
            BsonType.RegularExpression => KeyStringClass.RegularExpression,
            BsonType.DbPointer => KeyStringClass.DbPointer,
            BsonType.JavaScript => KeyStringClass.JavaScript,
            BsonType.JavaScriptWithScope => KeyStringClass.JavaScriptWithScope,
            BsonType.MaxKey => KeyStringClass.MaxKey,
            _ => throw new BsonFormatException($"unknown BSON type {type}"),
        };
}
