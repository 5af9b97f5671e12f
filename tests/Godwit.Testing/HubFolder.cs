using System.Text;

namespace Godwit.Testing;

/// <summary>What a Hub has written to its disk, while it runs.</summary>
public static class HubFolder
{
    /// <summary>Every file of a Hub's folder with its bytes as text, but for the lock that it holds, which has nothing in it.</summary>
    /// <param name="folder">The folder given to <c>--data</c>.</param>
    public static IReadOnlyDictionary<string, string> Read(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "hub.lock")
            .ToDictionary(file => file, ReadShared);

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
