using Xunit;

namespace Godwit.Testing;

/// <summary>Finds the data that tests judge by and that is not part of the product; a test without it skips and says how to get it.</summary>
public static class SharedData
{
    /// <summary>Recordings of a real server (<c>GODWIT_GOLDEN</c>, else <c>../shared/golden</c> beside the repository).</summary>
    public static string Golden(string relativePath) => Find("GODWIT_GOLDEN", "golden", relativePath);

    /// <summary>MongoDB's driver specification tests (<c>GODWIT_SPEC_TESTS</c>, else <c>../shared/spec-tests</c>).</summary>
    public static string SpecificationTests(string relativePath) =>
        Find("GODWIT_SPEC_TESTS", "spec-tests", relativePath);

    /// <summary>A dump in mongodump's format (<c>GODWIT_TEST_DUMP</c>, else <c>../shared/data/dump</c>).</summary>
    public static string Dump(string relativePath = "") => Find("GODWIT_TEST_DUMP", "data/dump", relativePath);

    /// <summary>The root of the repository that the running test was built from.</summary>
    public static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Godwit.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("the tests were not started from within the repository's artifacts folder");
    }

    private static string Find(string variable, string folder, string relativePath)
    {
        var named = Environment.GetEnvironmentVariable(variable);
        var places = string.IsNullOrEmpty(named)
            ? new[]
            {
                Path.Combine(RepositoryRoot(), "..", "shared", folder),
                Path.Combine(RepositoryRoot(), "..", "..", "shared", folder),
            }
            : [named];
        var found = Array.Find(places, place => Path.Exists(Path.Combine(place, relativePath)));
        Assert.SkipWhen(
            found is null,
            $"no {folder}/{relativePath}: put the data beside the repository as ../shared/{folder} or name its folder in {variable}"
        );
        return Path.GetFullPath(Path.Combine(found!, relativePath));
    }
}
