namespace Godwit.Bson;

/// <summary>The type byte that stands before every element of a BSON document (bsonspec.org, version 1.1).</summary>
public enum BsonType : byte
{
    /// <summary>No value: what <c>default(RawValue)</c> and a look-up of an absent field give. Never on the wire as an element.</summary>
    Missing = 0x00,

    /// <summary>64-bit IEEE 754 floating point.</summary>
    Double = 0x01,

    /// <summary>UTF-8 string with a length.</summary>
    String = 0x02,

    /// <summary>Embedded document.</summary>
    Document = 0x03,

    /// <summary>Array: a document whose names are "0", "1", ….</summary>
    Array = 0x04,

    /// <summary>Binary data with a subtype.</summary>
    Binary = 0x05,

    /// <summary>Undefined (deprecated).</summary>
    Undefined = 0x06,

    /// <summary>12-byte ObjectId.</summary>
    ObjectId = 0x07,

    /// <summary>Boolean.</summary>
    Boolean = 0x08,

    /// <summary>Milliseconds since the Unix epoch, UTC, signed 64 bit.</summary>
    DateTime = 0x09,

    /// <summary>Null.</summary>
    Null = 0x0A,

    /// <summary>Regular expression: pattern and options as C strings.</summary>
    RegularExpression = 0x0B,

    /// <summary>DBPointer (deprecated): a namespace and an ObjectId.</summary>
    DbPointer = 0x0C,

    /// <summary>JavaScript code.</summary>
    JavaScript = 0x0D,

    /// <summary>Symbol (deprecated).</summary>
    Symbol = 0x0E,

    /// <summary>JavaScript code with a scope document (deprecated).</summary>
    JavaScriptWithScope = 0x0F,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 0x10,

    /// <summary>Cluster time: seconds in the high, an increment in the low 32 bits.</summary>
    Timestamp = 0x11,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 0x12,

    /// <summary>128-bit IEEE 754 decimal floating point (BID encoding).</summary>
    Decimal128 = 0x13,

    /// <summary>Compares lower than every other value.</summary>
    MinKey = 0xFF,

    /// <summary>Compares higher than every other value.</summary>
    MaxKey = 0x7F,
}
