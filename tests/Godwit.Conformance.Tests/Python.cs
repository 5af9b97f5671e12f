using Xunit;

namespace Godwit.Conformance.Tests;

/// <summary>Debian's Python with pymongo: a client that is not ours.</summary>
internal static class Python
{
    private const string Interpreter = "/usr/bin/python3";
    private static readonly Lazy<Task<bool>> HasPymongo = new(() => SucceedsAsync("import pymongo"));

    public static async Task<(int ExitCode, string Output)> RunAsync(
        IEnumerable<string> arguments,
        CancellationToken cancellation
    )
    {
        Assert.SkipUnless(
            File.Exists(Interpreter) && await HasPymongo.Value,
            "no pymongo: apt-get install python3-pymongo"
        );
        return await Programs.RunAsync(Interpreter, arguments, cancellation);
    }

    private static async Task<bool> SucceedsAsync(string code) =>
        (await Programs.RunAsync(Interpreter, ["-c", code], CancellationToken.None)).ExitCode == 0;
}
