namespace Godwit.Bson;

/// <summary>The names MongoDB gives to types in <c>$type</c>, in error texts and elsewhere.</summary>
public static class BsonTypeNames
{
    private static readonly Dictionary<string, BsonType> ByName = Enum.GetValues<BsonType>()
        .ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>The name of a type, such as <c>int</c>, <c>object</c>, <c>timestamp</c>.</summary>
    public static string NameOf(BsonType type) =>
        type switch
        {
            BsonType.Missing => "missing",
            BsonType.Double => "double",
            BsonType.String => "string",
            BsonType.Document => "object",
            BsonType.Array => "array",
            BsonType.Binary => "binData",
            BsonType.Undefined => "undefined",
            BsonType.ObjectId => "objectId",
            BsonType.Boolean => "bool",
            BsonType.DateTime => "date",
            BsonType.Null => "null",
            BsonType.RegularExpression => "regex",
            BsonType.DbPointer => "dbPointer",
            BsonType.JavaScript => "javascript",
            BsonType.Symbol => "symbol",
            BsonType.JavaScriptWithScope => "javascriptWithScope",
            BsonType.Int32 => "int",
            BsonType.Timestamp => "timestamp",
            BsonType.Int64 => "long",
            BsonType.Decimal128 => "decimal",
            BsonType.MinKey => "minKey",
            BsonType.MaxKey => "maxKey",
            _ => throw new BsonFormatException($"unknown BSON type {(byte)type}"),
        };

    /// <summary>Finds a type by its name, case-sensitively.</summary>
    public static bool TryParse(string name, out BsonType type) =>
        ByName.TryGetValue(name, out type) && type != BsonType.Missing;
}
