using System.ComponentModel;
using System.Diagnostics;

namespace Godwit.Bench.Measuring;

/// <summary>A program started by a benchmark: its output, its processor time and the most memory it had. Killed when disposed.</summary>
internal sealed class MeasuredProgram : IAsyncDisposable
{
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(50);
    private readonly Process process;
    private readonly CancellationTokenSource stopped = new();
    private readonly List<string> lines = [];
    private readonly Task sampling;
    private TaskCompletionSource came = NewSignal();

    private MeasuredProgram(Process process)
    {
        this.process = process;
        StartedAt = Stopwatch.GetTimestamp();
        sampling = SampleAsync();
    }

    public int Id => process.Id;

    public long StartedAt { get; }

    /// <summary>Processor time as last sampled.</summary>
    public TimeSpan ProcessorTime { get; private set; }

    /// <summary>The most memory it had in use, in bytes.</summary>
    public long PeakBytes { get; private set; }

    public static MeasuredProgram Start(string file, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var process = new Process { StartInfo = start };
        process.Start();
        var program = new MeasuredProgram(process);
        process.OutputDataReceived += (_, line) => program.Add(line.Data);
        process.ErrorDataReceived += (_, line) => program.Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return program;
    }

    public async Task SayAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>The first line, past or to come, that <paramref name="wanted"/> holds for.</summary>
    public Task<string> LineAsync(Predicate<string> wanted, TimeSpan patience) => LineAsync(wanted, patience, 0);

    /// <summary>The first line from now on that <paramref name="wanted"/> holds for.</summary>
    public Task<string> NextLineAsync(Predicate<string> wanted, TimeSpan patience) =>
        LineAsync(wanted, patience, Count());

    private async Task<string> LineAsync(Predicate<string> wanted, TimeSpan patience, int from)
    {
        using var limit = new CancellationTokenSource(patience);
        for (var seen = from; ; )
        {
            Task next;
            bool isOver;
            lock (lines)
            {
                next = came.Task;
                isOver = process.HasExited;
                for (; seen < lines.Count; seen++)
                {
                    if (wanted(lines[seen]))
                    {
                        return lines[seen];
                    }
                }
            }

            if (isOver)
            {
                await process.WaitForExitAsync(limit.Token);
                if (seen == Count())
                {
                    throw new InvalidOperationException($"it ended with {process.ExitCode}\n{Describe()}");
                }

                continue;
            }

            try
            {
                await Task.WhenAny(next, process.WaitForExitAsync(limit.Token)).WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no such line within {patience}\n{Describe()}");
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public async Task ExitAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"it did not end within {patience}\n{Describe()}");
        }

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"it ended with {process.ExitCode}\n{Describe()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        await stopped.CancelAsync();
        await sampling;
        process.Dispose();
        stopped.Dispose();
    }

    private async Task SampleAsync()
    {
        try
        {
            while (!process.HasExited)
            {
                process.Refresh();
                ProcessorTime = process.TotalProcessorTime;
                PeakBytes = Math.Max(PeakBytes, process.PeakWorkingSet64);
                await Task.Delay(SampleEvery, TimeProvider.System, stopped.Token);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or InvalidOperationException or Win32Exception)
        {
            // It has ended: the last sample stands.
        }
    }

    private int Count()
    {
        lock (lines)
        {
            return lines.Count;
        }
    }

    private void Add(string? line)
    {
        TaskCompletionSource waiting;
        lock (lines)
        {
            if (line is not null)
            {
                lines.Add(line);
            }

            waiting = came;
            came = NewSignal();
        }

        waiting.SetResult();
    }

    private string Describe()
    {
        lock (lines)
        {
            return string.Join('\n', lines.TakeLast(30));
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
