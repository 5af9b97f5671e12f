using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>What marks unfinished or silenced code does not land.</summary>
public sealed partial class BannedMarksTests
{
    [Fact]
    public void Unfinished_work_is_not_marked_in_code() => Search("", Unfinished()).ShouldBeEmpty();

    [Fact]
    public void Product_code_does_not_silence_the_compiler_or_swallow_errors() =>
        Search("src/", Silenced()).ShouldBeEmpty();

    [Fact]
    public void Vague_names_of_types_are_not_used() => Search("src/", VagueNames()).ShouldBeEmpty();

    private static IEnumerable<string> Search(string folder, Regex banned) =>
        from path in Repository.Files(folder, ".cs")
        where path != "tests/Godwit.Tidy.Tests/BannedMarksTests.cs"
        from match in banned.Matches(Repository.Read(path))
        select $"{path}: {match.Value}";

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b(?!.*issue \d)|\bNotImplementedException\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"#pragma warning disable.*|catch\s*(\([^)]*\))?\s*\{\s*\}|#region.*")]
    private static partial Regex Silenced();

    [GeneratedRegex(@"\b(class|record|struct|interface) \w*(Manager|Helper|Helpers|Util|Utils|Impl)\b")]
    private static partial Regex VagueNames();
}
