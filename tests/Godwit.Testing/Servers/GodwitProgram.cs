namespace Godwit.Testing.Servers;

/// <summary>
/// The godwit executable of the same build as the tests, or the one that GODWIT_TEST_PROGRAM names: <c>./test</c> compiles one ahead of
/// time, since these tests start it hundreds of times.
/// </summary>
public static class GodwitProgram
{
    private static readonly string Executable = Environment.GetEnvironmentVariable("GODWIT_TEST_PROGRAM")
        is { Length: > 0 } named
        ? named
        : Path.Combine(
            SharedData.RepositoryRoot(),
            "artifacts/bin/Godwit.Cli",
            Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
            "godwit"
        );

    /// <summary>Where it is.</summary>
    public static string Location => Executable;

    public static RunningProgram StartWith(
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    ) => RunningProgram.Start(Executable, arguments, environment);

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
