using System.Globalization;

namespace Godwit.Bench.Hosts;

/// <summary>A share of a processor for some processes, by a control group of their own; gone when disposed.</summary>
internal sealed class CpuQuota : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>Short, so that a process that has used its share up stands still for milliseconds.</summary>
    private const int PeriodMicroseconds = 20_000;
    private static int made;
    private readonly string folder;

    /// <summary>Makes it.</summary>
    /// <param name="cores">Cores, or parts of one.</param>
    /// <exception cref="InvalidOperationException">This machine does not let control groups be made here.</exception>
    public CpuQuota(double cores)
    {
        var isUnified = File.Exists($"{Root}/cgroup.controllers");
        var quota = (int)(cores * PeriodMicroseconds);
        folder = string.Create(
            CultureInfo.InvariantCulture,
            $"{Root}{(isUnified ? "" : "/cpu")}/godwit-bench-{Environment.ProcessId}-{Interlocked.Increment(ref made)}"
        );
        try
        {
            if (isUnified)
            {
                File.WriteAllText($"{Root}/cgroup.subtree_control", "+cpu");
            }
            else if (!Directory.Exists($"{Root}/cpu"))
            {
                throw new IOException($"{Root}/cpu is not there");
            }

            Directory.CreateDirectory(folder);
            if (isUnified)
            {
                Write("cpu.max", $"{quota} {PeriodMicroseconds}");
            }
            else
            {
                Write("cpu.cfs_period_us", $"{PeriodMicroseconds}");
                Write("cpu.cfs_quota_us", $"{quota}");
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"hosts are measured under processor quotas, and no control group can be made here (root and {Root}, v1 or v2, are needed): {refused.Message}",
                refused
            );
        }
    }

    /// <summary>From now on the process, with all its threads, has no more than this.</summary>
    public void Hold(int process) => Write("cgroup.procs", $"{process}");

    /// <summary>To be called when its processes have ended.</summary>
    public void Dispose() => Directory.Delete(folder);

    private void Write(string file, FormattableString text) =>
        File.WriteAllText(Path.Combine(folder, file), text.ToString(CultureInfo.InvariantCulture));
}
