using System.Globalization;
using System.Text.Json;
using Godwit.Bson;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>
/// The sections of <c>serverStatus</c> with their fields in order, as a MongoDB 8.0.10 has them (recording
/// <c>sessions-replica/members</c>). What a server here counts is put in; of what it does not have, the figures stand at nought.
/// </summary>
internal static class StatusTemplate
{
    private static readonly Lazy<JsonDocument> Shape = new(() => JsonDocument.Parse(Facts.Read("server-status.json")));
    private static readonly Lazy<JsonDocument> LockShape = new(() =>
        JsonDocument.Parse(Facts.Read("server-locks.json"))
    );

    /// <summary>Everything, with what is known in its place.</summary>
    internal static DocumentBuilder Fill(RawDocument known) => Fill(Shape.Value.RootElement, known);

    /// <summary>The section <c>locks</c>: nobody waits for any here, and a primary has other ones than the rest.</summary>
    internal static RawDocument Locks(bool isPrimary) =>
        Fill(LockShape.Value.RootElement.GetProperty(isPrimary ? "primary" : "other"), RawDocument.Empty).Build();

    private static DocumentBuilder Fill(JsonElement shape, RawDocument known)
    {
        var filled = new DocumentBuilder(1024);
        foreach (var field in shape.EnumerateObject())
        {
            filled.Add(field.Name, Value(field.Value, known[field.Name]));
        }

        foreach (var more in known)
        {
            if (!shape.TryGetProperty(more.Name, out _))
            {
                filled.Add(more);
            }
        }

        return filled;
    }

    private static RawValue Value(JsonElement shape, RawValue known) =>
        shape.ValueKind switch
        {
            JsonValueKind.Object => Fill(shape, known.Type == BsonType.Document ? known.AsDocument : RawDocument.Empty),
            _ when !known.IsMissing => known,
            JsonValueKind.Array => RawValue.Array(shape.EnumerateArray().Select(one => Value(one, default))),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => Initial(shape.GetString()!),
        };

    // The letter of a type, with a value where that is a fact (the bounds of a histogram); "=" begins a text.
    private static RawValue Initial(string text) =>
        text[0] switch
        {
            '=' => text[1..],
            'i' => 0,
            'l' => text.Length == 1 ? 0L : long.Parse(text.AsSpan(1), CultureInfo.InvariantCulture),
            'd' => 0.0,
            'D' => RawValue.DateTime(0),
            't' => ClusterTime.Zero,
            _ => throw new InvalidOperationException($"{text} is no type"),
        };
}
