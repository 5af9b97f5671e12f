using System.Diagnostics;
using Godwit.Testing;

namespace Godwit.Tidy.Tests;

/// <summary>The files of the repository as git sees them: tracked ones and new ones, without what is ignored.</summary>
internal static class Repository
{
    private static readonly Lazy<string[]> All = new(List);

    public static string Root { get; } = SharedData.RepositoryRoot();

    /// <summary>Paths relative to the root, with forward slashes, in ordinal order.</summary>
    public static IEnumerable<string> Files(string folder = "", string extension = "") =>
        All.Value.Where(path =>
            path.StartsWith(folder, StringComparison.Ordinal) && path.EndsWith(extension, StringComparison.Ordinal)
        );

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] ReadLines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    public static void Write(string path, string text) => File.WriteAllText(Path.Combine(Root, path), text);

    public static bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    private static string[] List()
    {
        var start = new ProcessStartInfo("git", "ls-files --cached --others --exclude-standard")
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)!;
        var paths = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return [.. paths.Where(Exists).Order(StringComparer.Ordinal)];
    }
}
