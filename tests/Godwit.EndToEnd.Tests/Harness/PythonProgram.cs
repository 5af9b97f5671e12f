using Godwit.Testing;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>The scripts beside these tests, run by Debian's Python with pymongo: a client that is not ours.</summary>
internal static class PythonProgram
{
    private const string Interpreter = "/usr/bin/python3";
    public static readonly string Folder = Path.Combine(
        SharedData.RepositoryRoot(),
        "tests/Godwit.EndToEnd.Tests/Python"
    );
    private static readonly Lazy<Task<bool>> HasPymongo = new(async () =>
    {
        await using var probe = RunningProgram.Start(Interpreter, ["-c", "import pymongo"]);
        return await probe.ExitAsync(TimeSpan.FromSeconds(30), CancellationToken.None) == 0;
    });

    public static async Task SkipWithoutAsync() =>
        Assert.SkipUnless(
            File.Exists(Interpreter) && await HasPymongo.Value,
            "no pymongo: apt-get install python3-pymongo"
        );

    public static RunningProgram Start(string script, params string[] arguments) =>
        RunningProgram.Start(
            Interpreter,
            [Path.Combine(Folder, script), .. arguments],
            new Dictionary<string, string> { ["PYTHONDONTWRITEBYTECODE"] = "1" }
        );

    public static async Task<string> RunAsync(
        TimeSpan patience,
        CancellationToken cancellation,
        string script,
        params string[] arguments
    )
    {
        await using var program = Start(script, arguments);
        program.EndInput();
        var code = await program.ExitAsync(patience, cancellation);
        return code == 0
            ? program.Output
            : throw new InvalidOperationException($"{script} ended with {code}\n{program.Describe()}");
    }
}
