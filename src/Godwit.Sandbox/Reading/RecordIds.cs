using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>Record keys as clients see them: a number, or the key string of a clustered collection.</summary>
internal static class RecordIds
{
    internal static RawValue Show(byte[] key) => key.Length == 8 ? KeyLayout.RecordNumber(key) : RawValue.Binary(key);

    internal static byte[]? Read(RawValue value) =>
        value.Type switch
        {
            BsonType.Int64 => KeyLayout.RecordKey(value.AsInt64),
            BsonType.Binary => value.BinaryData.ToArray(),
            _ => null,
        };
}
