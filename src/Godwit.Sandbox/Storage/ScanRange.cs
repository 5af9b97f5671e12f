namespace Godwit.Sandbox.Storage;

/// <summary>Logical keys from <paramref name="Lower"/> (with it) to <paramref name="Upper"/> (without it), in one direction.</summary>
/// <param name="Lower">The first key that may come.</param>
/// <param name="Upper">The first key that may not.</param>
/// <param name="IsForward">Ascending; otherwise descending.</param>
internal readonly record struct ScanRange(byte[] Lower, byte[] Upper, bool IsForward = true)
{
    private static readonly byte[] BehindAnyTime = [.. Enumerable.Repeat((byte)0xFF, KeyLayout.TimeLength + 1)];

    /// <summary>Everything under an ident.</summary>
    internal static ScanRange Of(uint ident, bool isForward = true) =>
        new(KeyLayout.Ident(ident), KeyLayout.Ident(ident + 1), isForward);

    /// <summary>Every key under an ident that begins with a tail.</summary>
    internal static ScanRange Prefix(uint ident, ReadOnlySpan<byte> tail)
    {
        var lower = KeyLayout.Logical(ident, tail);
        return new(lower, After(lower));
    }

    /// <summary>What is left of the range behind a key.</summary>
    internal ScanRange Behind(ReadOnlySpan<byte> key) =>
        IsForward ? this with { Lower = [.. key, .. BehindAnyTime] } : this with { Upper = key.ToArray() };

    /// <summary>The first key behind all keys that begin with <paramref name="prefix"/>.</summary>
    internal static byte[] After(ReadOnlySpan<byte> prefix)
    {
        var length = prefix.Length;
        while (length > 0 && prefix[length - 1] == 0xFF)
        {
            length--;
        }

        var result = prefix[..length].ToArray();
        if (length > 0)
        {
            result[^1]++;
        }

        return result;
    }
}
