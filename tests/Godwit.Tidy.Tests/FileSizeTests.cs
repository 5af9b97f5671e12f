using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>A file of more than 500 lines holds more than one thing. The list of exceptions only shrinks.</summary>
public sealed class FileSizeTests
{
    private const int LinesMax = 500;
    private const string ExceptionList = "tests/Godwit.Tidy.Tests/large-files.txt";

    private static Dictionary<string, int> Exceptions =>
        Repository
            .ReadLines(ExceptionList)
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => int.Parse(parts[1]), StringComparer.Ordinal);

    [Fact]
    public void No_file_has_more_than_500_lines_unless_it_is_listed_with_its_length()
    {
        var exceptions = Exceptions;
        Repository
            .Files("", ".cs")
            .Select(path => (path, lines: Repository.ReadLines(path).Length))
            .Where(file => file.lines > exceptions.GetValueOrDefault(file.path, LinesMax))
            .Select(file => $"{file.path}: {file.lines} lines")
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_list_of_large_files_names_only_files_that_need_it()
    {
        Exceptions
            .Where(e => !Repository.Exists(e.Key) || Repository.ReadLines(e.Key).Length <= LinesMax)
            .Select(e => $"{e.Key} no longer needs its place in {ExceptionList}")
            .ShouldBeEmpty();
    }
}
