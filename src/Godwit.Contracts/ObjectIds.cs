using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Godwit.Contracts;

/// <summary>
/// The 24 hexadecimal digits by which everything is named in paths and bodies: seconds since 1970, a number that grows, then chance. Those of
/// one process sort by age.
/// </summary>
internal static class ObjectIds
{
    private const int Length = 24;
    private static uint made;

    internal static string New(TimeProvider time)
    {
        Span<byte> bytes = stackalloc byte[Length / 2];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)time.GetUtcNow().ToUnixTimeSeconds());
        BinaryPrimitives.WriteUInt32BigEndian(bytes[sizeof(uint)..], Interlocked.Increment(ref made));
        RandomNumberGenerator.Fill(bytes[(2 * sizeof(uint))..]);
        return Convert.ToHexStringLower(bytes);
    }

    internal static bool IsValid(string text) =>
        text.Length == Length && text.All(digit => digit is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
