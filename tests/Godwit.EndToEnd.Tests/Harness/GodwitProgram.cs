using Godwit.Testing;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>The godwit executable of the same build as the tests.</summary>
internal static class GodwitProgram
{
    private static readonly string Executable = Path.Combine(
        SharedData.RepositoryRoot(),
        "artifacts/bin/Godwit.Cli",
        Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
        "godwit"
    );

    /// <summary>Skips a test whose verb does not exist yet.</summary>
    public static async Task SkipWithoutAsync(string verb)
    {
        await using var help = Start(verb, "--help");
        help.EndInput();
        var exists = await help.ExitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken) == 0;
        Assert.SkipUnless(exists && help.Output.Contains($"godwit {verb}"), $"there is no godwit {verb} yet");
    }

    public static RunningProgram Start(params IEnumerable<string> arguments) =>
        RunningProgram.Start(Executable, arguments);

    public static async Task<(int ExitCode, RunningProgram Program)> RunAsync(
        TimeSpan patience,
        CancellationToken cancellation,
        params string[] arguments
    )
    {
        var program = Start(arguments);
        program.EndInput();
        var code = await program.ExitAsync(patience, cancellation);
        return (code, program);
    }
}
