using System.Text.Json;
using System.Text.Json.Serialization;

namespace Godwit.Contracts;

/// <summary>JSON as it stands in bodies: camel case, names of values in upper case, nothing unknown taken silently.</summary>
internal static class ApiJson
{
    internal static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        // Bodies are read by programs, never put into a page as they are.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseUpper, allowIntegerValues: false) },
    };

    /// <summary>The same for what is kept or comes from a newer version: what is not known is passed over.</summary>
    internal static readonly JsonSerializerOptions Lenient = new(Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    internal static string Write<T>(T value) => JsonSerializer.Serialize(value, Lenient);

    internal static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Lenient) ?? throw new FormatException("the JSON value is null");
}
