using Godwit.Engine.Reporting;

namespace Godwit.Cli.Output;

/// <summary>Where a report is written: as JSON in the file that was asked for, and as a page beside it.</summary>
internal sealed class ReportFiles
{
    private const string PageExtension = ".html";

    internal ReportFiles(string file)
    {
        Page = Path.ChangeExtension(file, PageExtension);
        Json = string.Equals(file, Page, StringComparison.Ordinal) ? Path.ChangeExtension(file, ".json") : file;
    }

    /// <summary>The report for programs.</summary>
    internal string Json { get; }

    /// <summary>The report for people.</summary>
    internal string Page { get; }

    /// <summary>Writes both.</summary>
    /// <returns>What to tell a person: where they are, or why they are not.</returns>
    internal async Task<string> WriteAsync(MigrationReport report)
    {
        try
        {
            await File.WriteAllTextAsync(Json, JsonReport.Write(report));
            await File.WriteAllTextAsync(Page, HtmlReport.Write(report));
            return $"Report: {Json} and {Page}";
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return $"The report could not be written: {refused.Message}";
        }
    }
}
