using System.Text.Json;
using System.Text.Json.Serialization;

namespace Godwit.Engine.Reporting;

/// <summary>Writes a report for programs: camel case, times in ISO 8601, durations in milliseconds.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new MillisecondsConverter() },
    };

    internal static string Write(MigrationReport report) => JsonSerializer.Serialize(report, Options);

    internal static MigrationReport Read(string json) =>
        JsonSerializer.Deserialize<MigrationReport>(json, Options)
        ?? throw new FormatException("the report is the JSON value null");

    /// <summary>A duration as a number of milliseconds, which scripts can compare.</summary>
    private sealed class MillisecondsConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            TimeSpan.FromMilliseconds(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(Math.Round(value.TotalMilliseconds, 3));
    }
}
