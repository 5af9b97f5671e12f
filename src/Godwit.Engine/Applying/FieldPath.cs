namespace Godwit.Engine.Applying;

/// <summary>A dotted path as update operators read it, in UTF-8. Only names that such a path can carry are accepted.</summary>
internal readonly struct FieldPath
{
    private readonly byte[]? utf8;

    private FieldPath(byte[] utf8) => this.utf8 = utf8;

    /// <summary>The path of the document itself.</summary>
    internal static FieldPath Root => default;

    internal ReadOnlySpan<byte> Utf8 => utf8;

    /// <summary>Whether a name can stand in a path: not empty, without a dot, without a leading dollar sign.</summary>
    internal static bool CanCarry(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name[0] != (byte)'$' && !name.Contains((byte)'.');

    internal FieldPath Field(ReadOnlySpan<byte> name)
    {
        if (utf8 is null)
        {
            return new(name.ToArray());
        }

        var path = new byte[utf8.Length + 1 + name.Length];
        utf8.CopyTo(path, 0);
        path[utf8.Length] = (byte)'.';
        name.CopyTo(path.AsSpan(utf8.Length + 1));
        return new(path);
    }
}
