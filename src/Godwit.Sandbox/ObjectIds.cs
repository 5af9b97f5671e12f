using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Bson;

namespace Godwit.Sandbox;

/// <summary>Makes new ObjectIds.</summary>
internal static class ObjectIds
{
    /// <summary>A new id that begins with the time.</summary>
    internal static RawValue New(TimeProvider time)
    {
        Span<byte> bytes = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)time.GetUtcNow().ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(bytes[4..]);
        return RawValue.ObjectId(bytes);
    }
}
