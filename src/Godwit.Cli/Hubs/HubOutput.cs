using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Cli.Hubs;

/// <summary>Answers of a Hub on the screen: the raw object for scripts, lines and columns for people.</summary>
internal static class HubOutput
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Columns of a migration, as Atlas' command line has them.</summary>
    internal static readonly (string Title, string Field)[] Migration =
    [
        ("ID", "_id"),
        ("LAGTIME", "lagTimeSeconds"),
        ("READY FOR CUTOVER", "readyForCutover"),
        ("STATUS", "status"),
    ];

    /// <summary>Columns of a validation, as Atlas' command line has them.</summary>
    internal static readonly (string Title, string Field)[] Validation =
    [
        ("ID", "_id"),
        ("PROJECT ID", "groupId"),
        ("SOURCE PROJECT ID", "sourceGroupId"),
        ("STATUS", "status"),
    ];

    internal static void Json(JsonNode? node) => Console.Out.WriteLine(node?.ToJsonString(Indented) ?? "{}");

    /// <summary>Rows under their titles, columns wide enough for all of them.</summary>
    internal static void Table(IEnumerable<JsonNode?> rows, (string Title, string Field)[] columns)
    {
        string[][] cells =
        [
            [.. columns.Select(column => column.Title)],
            .. rows.Select(row => columns.Select(column => Text(row![column.Field])).ToArray()),
        ];
        var widths = columns.Select((_, i) => cells.Max(row => row[i].Length)).ToArray();
        foreach (var row in cells)
        {
            var padded = row.Select((cell, i) => cell.PadRight(widths[i] + 3));
            Console.Out.WriteLine(string.Concat(padded).TrimEnd());
        }
    }

    private static string Text(JsonNode? value) =>
        value switch
        {
            null => "",
            JsonValue one when one.TryGetValue<bool>(out var flag) => flag ? "true" : "false",
            JsonValue one when one.TryGetValue<double>(out var number) => number.ToString(CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };
}
