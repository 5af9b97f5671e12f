using System.Diagnostics;
using System.Text.Json;

namespace Godwit.Bench.NullServers;

/// <summary>
/// Takes the times of what the mover does, seen from the servers, with the processor time of the mover's process at the same instants.
/// One JSON line on standard output a phase.
/// </summary>
internal sealed class PhaseLog
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Sample> begun = new(StringComparer.Ordinal);
    private readonly HashSet<string> ended = new(StringComparer.Ordinal);
    private Process? mover;

    /// <summary>Names the process that is measured.</summary>
    public void Watch(int processId) => mover = Process.GetProcessById(processId);

    /// <summary>Notes the beginning; only the first call of a name counts.</summary>
    public void Begin(string name)
    {
        lock (gate)
        {
            if (!begun.ContainsKey(name))
            {
                begun[name] = Take();
            }
        }
    }

    public bool HasBegun(string name)
    {
        lock (gate)
        {
            return begun.ContainsKey(name);
        }
    }

    public Sample Take()
    {
        mover?.Refresh();
        return new(
            Stopwatch.GetTimestamp(),
            mover is { HasExited: false } ? mover.TotalProcessorTime : TimeSpan.Zero,
            Environment.CpuUsage.TotalTime
        );
    }

    /// <summary>Notes the end and says so; only the first call of a name counts.</summary>
    public void End(string name, long count, long bytes, long statements = 0, Sample? at = null)
    {
        lock (gate)
        {
            if (!begun.TryGetValue(name, out var start) || !ended.Add(name))
            {
                return;
            }

            var end = at ?? Take();
            var line = new PhaseLine(
                name,
                Stopwatch.GetElapsedTime(start.Timestamp, end.Timestamp).TotalSeconds,
                (end.MoverTime - start.MoverTime).TotalSeconds,
                (end.OwnTime - start.OwnTime).TotalSeconds,
                count,
                bytes,
                statements
            );
            Console.WriteLine(JsonSerializer.Serialize(line));
        }
    }

    /// <summary>An instant.</summary>
    internal readonly record struct Sample(long Timestamp, TimeSpan MoverTime, TimeSpan OwnTime);
}

/// <summary>What a phase took.</summary>
/// <param name="Phase">Its name.</param>
/// <param name="Seconds">How long it was.</param>
/// <param name="MoverSeconds">Processor time of the mover.</param>
/// <param name="ServerSeconds">Processor time of the null servers.</param>
/// <param name="Count">Documents or events.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Statements">Statements acknowledged, where they were counted.</param>
internal sealed record PhaseLine(
    string Phase,
    double Seconds,
    double MoverSeconds,
    double ServerSeconds,
    long Count,
    long Bytes,
    long Statements
);
