using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Bson.ExtendedJson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests.ExtendedJson;

/// <summary>MongoDB's BSON corpus: bytes and Extended JSON turn into each other exactly, and what is malformed is refused.</summary>
public sealed class BsonCorpusTests
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public void Bytes_and_canonical_text_turn_into_each_other() =>
        ForEach(
            "valid",
            test =>
            {
                var bytes = Hex(test, "canonical_bson")!;
                BsonValidator.Validate(bytes);
                var json = Text(test, "canonical_extjson")!;
                ExtendedJsonWriter.Write(new RawDocument(bytes)).ShouldBe(Normalize(json));
                if (!test.TryGetProperty("lossy", out _))
                {
                    ExtendedJsonReader.ReadDocument(json).Bytes.ToArray().ShouldBe(bytes);
                }
            }
        );

    [Fact]
    public void Relaxed_text_is_written_and_read() =>
        ForEach(
            "valid",
            test =>
            {
                if (Text(test, "relaxed_extjson") is { } json)
                {
                    var document = new RawDocument(Hex(test, "canonical_bson"));
                    ExtendedJsonWriter.Write(document, ExtendedJsonForm.Relaxed).ShouldBe(Normalize(json));
                    var again = ExtendedJsonReader.ReadDocument(json);
                    ExtendedJsonWriter.Write(again, ExtendedJsonForm.Relaxed).ShouldBe(Normalize(json));
                }
            }
        );

    [Fact]
    public void Degenerate_forms_are_read() =>
        ForEach(
            "valid",
            test =>
            {
                if (Text(test, "degenerate_extjson") is { } json && !test.TryGetProperty("lossy", out _))
                {
                    ExtendedJsonReader.ReadDocument(json).Bytes.ToArray().ShouldBe(Hex(test, "canonical_bson"));
                }

                if (Hex(test, "degenerate_bson") is { } bytes)
                {
                    ExtendedJsonWriter
                        .Write(new RawDocument(bytes))
                        .ShouldBe(Normalize(Text(test, "canonical_extjson")!));
                }
            }
        );

    [Fact]
    public void Malformed_bytes_are_refused() =>
        ForEach("decodeErrors", test => Should.Throw<FormatException>(() => BsonValidator.Validate(Hex(test, "bson"))));

    [Fact]
    public void Malformed_text_is_refused() =>
        ForEach(
            "parseErrors",
            (test, type) =>
            {
                var text = Text(test, "string")!;
                var json = type == "0x13" ? $$$"""{"d": {"$numberDecimal": "{{{text}}}"}}""" : text;
                Should.Throw<FormatException>(() => ExtendedJsonReader.ReadDocument(json), json);
            }
        );

    private static void ForEach(string section, Action<JsonElement> check) =>
        ForEach(section, (test, _) => check(test));

    private static void ForEach(string section, Action<JsonElement, string> check)
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(SharedData.SpecificationTests("bson-corpus"), "*.json"))
        {
            using var file = JsonDocument.Parse(File.ReadAllText(path));
            if (!file.RootElement.TryGetProperty(section, out var tests))
            {
                continue;
            }

            foreach (var test in tests.EnumerateArray())
            {
                count++;
                try
                {
                    check(test, file.RootElement.GetProperty("bson_type").GetString()!);
                }
                catch (Exception exception) when (exception is ShouldAssertException or FormatException)
                {
                    failures.Add($"{Path.GetFileName(path)}: {Text(test, "description")}: {exception.Message}");
                }
            }
        }

        count.ShouldBePositive();
        failures.ShouldBeEmpty();
    }

    private static string? Text(JsonElement test, string name) =>
        test.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static byte[]? Hex(JsonElement test, string name) =>
        Text(test, name) is { } text ? Convert.FromHexString(text) : null;

    private static string Normalize(string json) =>
        JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement, Compact);
}
