using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Godwit.Bench.Measuring;

/// <summary>Where and on what figures were taken.</summary>
internal sealed record Machine(string Processor, int Cores, long MemoryBytes, string System, string Runtime)
{
    public static Machine Here { get; } =
        new(
            ReadProcessor(),
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription
        );

    public override string ToString() =>
        FormattableString.Invariant($"{Processor}, {Cores} cores, {MemoryBytes >> 30} GB, {System}, {Runtime}");

    /// <summary>The commit that is checked out, with a mark if files were changed; read once, before results are written into it.</summary>
    public static string Commit { get; } = ReadCommit();

    private static string ReadCommit()
    {
        var start = new ProcessStartInfo("git", ["describe", "--always", "--dirty"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Places.Root,
        };
        using var git = Process.Start(start)!;
        var text = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return text;
    }

    private static string ReadProcessor() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal), ": unknown")
                .Split(':')[1]
                .Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();
}

/// <summary>Where things are.</summary>
internal static class Places
{
    public static string Root { get; } = FindRoot();

    /// <summary>The program that is measured, of the same build.</summary>
    public static string Godwit => Path.Combine(Root, "artifacts/bin/Godwit.Cli/release/godwit");

    public static string Results => Path.Combine(Root, "benchmarks/results");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Godwit.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("Godwit.slnx is in no folder above this program");
    }
}
