using System.IO.Hashing;

namespace Godwit.Engine.Planning;

/// <summary>
/// Names one document of one collection in 128 bits: a hash of the collection's UUID and the key string of the <c>_id</c>, so that equal
/// index keys are one key (S2) and no set needs to keep the key itself.
/// </summary>
internal readonly record struct KeyHash(UInt128 Value)
{
    internal static KeyHash Of(Guid collection, ReadOnlySpan<byte> keyString)
    {
        Span<byte> small = stackalloc byte[256];
        var input = keyString.Length + 16 <= small.Length ? small : new byte[keyString.Length + 16];
        _ = collection.TryWriteBytes(input);
        keyString.CopyTo(input[16..]);
        return new(XxHash128.HashToUInt128(input[..(keyString.Length + 16)]));
    }

    /// <summary>The lane of the key: all that happens to a document happens in one lane, in order (S9).</summary>
    internal int Lane(int lanes) => (int)((ulong)Value % (ulong)lanes);
}
