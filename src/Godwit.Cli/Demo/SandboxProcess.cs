using System.Diagnostics;

namespace Godwit.Cli.Demo;

/// <summary>A Sandbox in a process of its own: this executable once more, with the verb <c>sandbox</c>. Disposing ends it.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);
    private readonly Process process;
    private readonly TimeProvider time;

    private SandboxProcess(Process process, string connectionString, TimeProvider time)
    {
        this.process = process;
        this.time = time;
        ConnectionString = connectionString;
    }

    /// <summary>How clients reach it.</summary>
    internal string ConnectionString { get; }

    /// <summary>Starts one on free ports and waits until it serves.</summary>
    /// <param name="members">Members of its replica set.</param>
    /// <param name="time">The clock of the wait for its end.</param>
    /// <param name="cancellationToken">Ends the wait, and the process with it.</param>
    /// <exception cref="DemoFailedException">It ended before it served.</exception>
    internal static Task<SandboxProcess> StartAsync(
        int members,
        TimeProvider time,
        CancellationToken cancellationToken
    ) => StartAsync(["--replica-set", $"{members}"], time, cancellationToken);

    /// <summary>Starts one of the shape that these options say.</summary>
    /// <exception cref="DemoFailedException">It ended before it served.</exception>
    internal static async Task<SandboxProcess> StartAsync(
        IReadOnlyList<string> shape,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var program =
            Environment.ProcessPath ?? throw new DemoFailedException("the path of the godwit executable is not known");
        var start = new ProcessStartInfo(program, ["sandbox", .. shape, "--port", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var process = Process.Start(start) ?? throw new DemoFailedException($"{program} could not be started");
        try
        {
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
            return line is not null
                ? new(process, line, time)
                : throw new DemoFailedException($"a Sandbox ended before it served: {await errors}");
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Asks it to end as Ctrl-C would, so that its temporary folder goes; kills it if it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(EndPatience, time);
        try
        {
            // Its own signal handler removes the data; .NET has no way to send SIGTERM but the shell's.
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            process.Kill();
        }
        finally
        {
            process.Dispose();
        }
    }
}
