using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests.Harness;

/// <summary>A migration host in a process of its own, which may be killed and started again on its folder.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-agent-").FullName;
    private RunningProgram? program;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Its folder: keys, link, clusters.</summary>
    public string Folder => folder;

    /// <summary>All that it has written, to either output.</summary>
    public string Log => program is null ? "" : program.Output + program.Errors;

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasExited => program is { HasExited: true };

    public Task LinkAsync(string token, string name, string approve = "auto") =>
        RunAsync("link", token, "--name", name, "--approve", approve);

    public Task AddClusterAsync(string name, string connectionString, params string[] options) =>
        RunAsync(["clusters", "add", name, "--connection-string", connectionString, .. options]);

    /// <summary>Starts it; it connects by itself.</summary>
    public async Task StartAsync()
    {
        program = GodwitProgram.Start("agent", "run", "--data", folder);
        await program.LineAsync(
            line => line.StartsWith("Connected to", StringComparison.Ordinal),
            Patience,
            Cancellation
        );
    }

    public async Task KillAsync()
    {
        program!.Kill();
        await program.DisposeAsync();
        program = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (program is not null)
        {
            await program.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Runs another command of the agent's that succeeds.</summary>
    /// <returns>What it has written.</returns>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (code, run) = await GodwitProgram.RunAsync(
            Patience,
            Cancellation,
            ["agent", .. arguments, "--data", folder]
        );
        await using (run)
        {
            code.ShouldBe(0, run.Describe());
            return run.Output;
        }
    }
}
