namespace Godwit.Sandbox.Diagnostics;

/// <summary>Facts of a MongoDB 8.0 that are long lists, as its recordings show them: files of this assembly.</summary>
internal static class Facts
{
    /// <summary>The text of a file.</summary>
    internal static byte[] Read(string name)
    {
        using var stream =
            typeof(Facts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the assembly lacks {name}");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
