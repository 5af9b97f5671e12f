using Godwit.Bson;

namespace Godwit.Sandbox.Errors;

/// <summary>MongoDB's names of the BSON types, as error texts and <c>$type</c> use them.</summary>
internal static class TypeAlias
{
    /// <summary>The alias of a type.</summary>
    internal static string Of(BsonType type) =>
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
        };
}
