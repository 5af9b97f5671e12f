using System.Security.Cryptography;

namespace Godwit.Contracts;

/// <summary>The 24 hexadecimal digits by which everything is named in paths and bodies: seconds since 1970, then chance.</summary>
internal static class ObjectIds
{
    private const int Length = 24;

    internal static string New(TimeProvider time)
    {
        Span<byte> bytes = stackalloc byte[Length / 2];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)time.GetUtcNow().ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(bytes[sizeof(uint)..]);
        return Convert.ToHexStringLower(bytes);
    }

    internal static bool IsValid(string text) =>
        text.Length == Length && text.All(digit => digit is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
