namespace Godwit.Bson;

/// <summary>
/// MongoDB's order of values of all types (manual: "Comparison/Sort Order"): by canonical type first, numbers by value
/// across their types, strings by bytes unless a collation is in force.
/// </summary>
public static class ValueComparer
{
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
}
