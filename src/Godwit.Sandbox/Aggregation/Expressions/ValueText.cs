using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Values in messages of the aggregation language: the server's <c>Value::toString</c> (<c>exec/document_value/value.cpp</c>).</summary>
internal static class ValueText
{
    /// <summary>The text of a value.</summary>
    internal static string Of(RawValue value) =>
        value.Type switch
        {
            BsonType.Missing => "MISSING",
            BsonType.Double => Numbers.Describe(value.AsDouble),
            BsonType.ObjectId => Convert.ToHexStringLower(value.Bytes.Span),
            BsonType.DateTime => CivilTime.FromMilliseconds(value.AsDateTimeMilliseconds).ToIsoText(),
            BsonType.JavaScript => $"Code(\"{value.AsString}\")",
            BsonType.Symbol => $"Symbol(\"{value.AsString}\")",
            BsonType.String => $"\"{value.AsString}\"",
            BsonType.Array => $"[{string.Join(", ", value.AsDocument.Values().Select(Of))}]",
            BsonType.Document =>
                $"{{{string.Join(", ", value.AsDocument.Select(one => $"{one.Name}: {Of(one.Value)}"))}}}",
            _ => value.ToString(),
        };
}
