using Shouldly;

namespace Godwit.Tidy.Tests;

/// <summary>A document that is written from the tests: <c>./test docs</c> writes it, every other run checks it.</summary>
internal static class GeneratedDocument
{
    public static void CheckOrWrite(string path, string expected)
    {
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_DOCS") == "1")
        {
            Repository.Write(path, expected);
            return;
        }

        var actual = Repository.Exists(path) ? Repository.Read(path) : "";
        if (actual != expected)
        {
            var missing = expected.Split('\n').Except(actual.Split('\n')).Take(10);
            throw new ShouldAssertException($"{path} is out of date: run ./test docs.\n{string.Join('\n', missing)}");
        }
    }
}
