using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Godwit.Testing.Servers;

/// <summary>
/// A program started by a test: its output line by line, its end, and signals to it. Disposing kills it if it still runs,
/// so that no test leaves anything behind.
/// </summary>
public sealed class RunningProgram : IAsyncDisposable
{
    private readonly Process process;
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private readonly StringBuilder errors = new();
    private bool isDisposed;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunningProgram(Process process) => this.process = process;

    /// <summary>The process id.</summary>
    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>What it has written to its error output.</summary>
    public string Errors
    {
        get
        {
            lock (gate)
            {
                return errors.ToString();
            }
        }
    }

    /// <summary>What it has written to its output.</summary>
    public string Output
    {
        get
        {
            lock (gate)
            {
                return string.Join('\n', lines);
            }
        }
    }

    /// <summary>Starts a program.</summary>
    public static RunningProgram Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var running = new RunningProgram(process);
        process.OutputDataReceived += (_, line) => running.Add(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => running.Add(line.Data, isError: true);
        process.Exited += (_, _) => running.Wake();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return running;
    }

    /// <summary>The first line of output that <paramref name="wanted"/> holds for, past or to come.</summary>
    public async Task<string> LineAsync(Func<string, bool> wanted, TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        for (var seen = 0; ; )
        {
            Task next;
            lock (gate)
            {
                next = changed.Task;
                for (; seen < lines.Count; seen++)
                {
                    if (wanted(lines[seen]))
                    {
                        return lines[seen];
                    }
                }
            }

            if (process.HasExited)
            {
                process.WaitForExit();
                lock (gate)
                {
                    if (seen == lines.Count)
                    {
                        throw new InvalidOperationException(
                            $"it ended with {process.ExitCode} before the line came\n{Describe()}"
                        );
                    }
                }

                continue;
            }

            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new TimeoutException($"the line did not come within {patience}\n{Describe()}");
            }
        }
    }

    /// <summary>Waits for its end and gives its exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"it did not end within {patience}\n{Describe()}");
        }
    }

    /// <summary>Closes its input.</summary>
    public void EndInput() => process.StandardInput.Close();

    /// <summary>Kills it and what it has started.</summary>
    public void Kill() => process.Kill(entireProcessTree: true);

    /// <summary>Sends a signal by name: STOP, CONT, INT, TERM, KILL.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>The end of what it has written, for messages.</summary>
    public string Describe()
    {
        lock (gate)
        {
            var shown = string.Join('\n', lines.TakeLast(40));
            var failed = errors.ToString();
            return $"output:\n{shown}\nerrors:\n{failed[Math.Max(0, failed.Length - 4000)..]}";
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private void Add(string? line, bool isError)
    {
        if (line is null)
        {
            return;
        }

        lock (gate)
        {
            if (isError)
            {
                errors.AppendLine(line);
            }
            else
            {
                lines.Add(line);
            }
        }

        Wake();
    }

    private void Wake()
    {
        lock (gate)
        {
            changed.TrySetResult();
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
