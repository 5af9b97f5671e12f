namespace Godwit.Engine.Applying;

/// <summary>
/// The dotted path, as update operators read it, of the place in a document where a reader of a delta stands: grows as it descends
/// and shrinks as it comes back. Only names that such a path can carry may be entered.
/// </summary>
internal sealed class PathBuffer
{
    private byte[] utf8 = new byte[128];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Utf8 => utf8.AsSpan(0, Length);

    /// <summary>Whether a name can stand in a path: not empty, without a dot, without a leading dollar sign.</summary>
    internal static bool CanCarry(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name[0] != (byte)'$' && !name.Contains((byte)'.');

    /// <summary>Goes into a field; the result is given to <see cref="Leave"/> to come back.</summary>
    internal int Enter(ReadOnlySpan<byte> name)
    {
        var before = Length;
        if (before + 1 + name.Length > utf8.Length)
        {
            Array.Resize(ref utf8, 2 * (before + 1 + name.Length));
        }

        if (before > 0)
        {
            utf8[Length++] = (byte)'.';
        }

        name.CopyTo(utf8.AsSpan(Length));
        Length += name.Length;
        return before;
    }

    internal void Leave(int length) => Length = length;
}
