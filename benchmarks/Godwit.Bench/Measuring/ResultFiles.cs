using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Bench.Measuring;

/// <summary>The figures of one benchmark as they are kept: one JSON file each, so that one can be run anew without the others.</summary>
internal sealed record Result(
    string Benchmark,
    DateTimeOffset TakenAt,
    string Commit,
    Machine Machine,
    bool IsQuick,
    IReadOnlyList<Figure> Figures
);

/// <summary>Writes and reads results, and makes one table of all there are.</summary>
internal static class ResultFiles
{
    private const string TableStart = "<!-- measured -->";
    private const string TableEnd = "<!-- end of measured -->";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(Result result)
    {
        Directory.CreateDirectory(Places.Results);
        File.WriteAllText(PathOf(result.Benchmark), JsonSerializer.Serialize(result, Json) + "\n");
    }

    public static Result? Read(string benchmark) =>
        File.Exists(PathOf(benchmark))
            ? JsonSerializer.Deserialize<Result>(File.ReadAllText(PathOf(benchmark)), Json)
            : null;

    /// <summary>
    /// Writes the table of all results in the given order beside them, and into the README unless some were taken quickly. Returns it.
    /// </summary>
    public static string WriteTable(IEnumerable<string> benchmarks)
    {
        var results = benchmarks.Select(Read).OfType<Result>().ToList();
        var table = Table(results);
        Directory.CreateDirectory(Places.Results);
        File.WriteAllText(Path.Combine(Places.Results, "table.md"), table);
        if (results.Count > 0 && results.TrueForAll(one => !one.IsQuick))
        {
            Publish(table);
        }

        return table;
    }

    /// <summary>Puts the table between its marks in the README.</summary>
    private static void Publish(string table)
    {
        var path = Path.Combine(Places.Root, "README.md");
        var text = File.ReadAllText(path);
        var start = text.IndexOf(TableStart, StringComparison.Ordinal);
        var end = text.IndexOf(TableEnd, StringComparison.Ordinal);
        if (start < 0 || end < start)
        {
            throw new FormatException($"README.md has no place for the table: {TableStart} … {TableEnd}");
        }

        File.WriteAllText(path, $"{text[..(start + TableStart.Length)]}\n{table}{text[end..]}");
    }

    private static string Table(IReadOnlyList<Result> results)
    {
        var text = new StringBuilder();
        foreach (var taken in results.GroupBy(one => (one.Machine, one.Commit, one.IsQuick)))
        {
            var names = string.Join(", ", taken.Select(one => one.Benchmark));
            var at = taken.Max(one => one.TakenAt).UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            var quick = taken.Key.IsQuick ? ", with a tenth of the data" : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"{names}: {at}, commit {taken.Key.Commit}, {taken.Key.Machine}{quick}.\n"
            );
        }

        text.Append("\n| measured | median | spread | expected |\n| --- | ---: | ---: | --- |\n");
        foreach (var figure in results.SelectMany(one => one.Figures))
        {
            var verdict = figure.IsMet == false ? $"{figure.Expected}: **no**" : figure.Expected;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {figure.Name} | {Number(figure.Median)} {figure.Unit} | {Number(figure.Smallest)} – {Number(figure.Largest)} | {verdict} |\n"
            );
        }

        return text.ToString();
    }

    /// <summary>Three digits that say something.</summary>
    internal static string Number(double value) =>
        Math.Abs(value) switch
        {
            >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture).Replace(',', ' '),
            >= 100 => value.ToString("F0", CultureInfo.InvariantCulture),
            >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
            _ => value.ToString("F2", CultureInfo.InvariantCulture),
        };

    private static string PathOf(string benchmark) => Path.Combine(Places.Results, $"{benchmark}.json");
}
