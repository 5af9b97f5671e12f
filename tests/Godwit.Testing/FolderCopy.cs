namespace Godwit.Testing;

/// <summary>Copies folders, as a backup of data that nobody writes to meanwhile.</summary>
public static class FolderCopy
{
    /// <summary>Copies a folder with all that is in it to a place where nothing of it is yet.</summary>
    public static void Make(string from, string to)
    {
        _ = Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var inner in Directory.EnumerateDirectories(from))
        {
            Make(inner, Path.Combine(to, Path.GetFileName(inner)));
        }
    }
}
