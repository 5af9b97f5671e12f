using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace Godwit.Conformance.Tests.UnifiedTests.Matching;

/// <summary>Whether a value is what a case expects, with the format's <c>$$</c> operators.</summary>
internal sealed class ValueMatcher(Entities entities)
{
    /// <summary>Why the values differ, or null. Fields that are not expected are allowed at a root only.</summary>
    public string? Difference(BsonValue expected, BsonValue? actual, bool isRoot, string path = "")
    {
        if (
            expected is BsonDocument { ElementCount: 1 } special
            && special.GetElement(0).Name.StartsWith("$$", StringComparison.Ordinal)
        )
        {
            return Special(special.GetElement(0), actual, isRoot, path);
        }

        if (actual is null)
        {
            return $"{path}: {Show(expected)} expected, nothing there";
        }

        return (expected, actual) switch
        {
            (BsonDocument e, BsonDocument a) => Documents(e, a, isRoot, path),
            (BsonArray e, BsonArray a) => Arrays(e, a, path),
            _ when expected.IsNumeric && actual.IsNumeric => expected.CompareTo(actual) == 0
                ? null
                : Differs(expected, actual, path),
            _ => expected.BsonType == actual.BsonType && expected == actual ? null : Differs(expected, actual, path),
        };
    }

    private static string Differs(BsonValue expected, BsonValue? actual, string path) =>
        $"{path}: {Show(expected)} expected, got {Show(actual)}";

    private static string Show(BsonValue? value)
    {
        var text =
            value?.ToJson(new JsonWriterSettings { OutputMode = JsonOutputMode.RelaxedExtendedJson }) ?? "nothing";
        return text.Length > 300 ? text[..300] + "…" : text;
    }

    private string? Documents(BsonDocument expected, BsonDocument actual, bool isRoot, string path)
    {
        foreach (var element in expected)
        {
            var found = actual.TryGetValue(element.Name, out var value) ? value : null;
            if (Difference(element.Value, found, false, $"{path}.{element.Name}") is { } difference)
            {
                return difference;
            }
        }

        var extra = isRoot ? null : actual.Names.FirstOrDefault(name => !expected.Contains(name));
        return extra is null ? null : $"{path}.{extra}: not expected, is {Show(actual[extra])}";
    }

    private string? Arrays(BsonArray expected, BsonArray actual, string path)
    {
        if (expected.Count != actual.Count)
        {
            return $"{path}: {expected.Count} elements expected, got {Show(actual)}";
        }

        // An array of documents as the whole result of an operation is a list of roots.
        var areRoots = path == "" && expected.All(e => e.IsBsonDocument);
        return expected
            .Select((e, i) => Difference(e, actual[i], areRoots, $"{path}.{i}"))
            .FirstOrDefault(d => d is not null);
    }

    private string? Special(BsonElement special, BsonValue? actual, bool isRoot, string path)
    {
        var operand = special.Value;
        switch (special.Name)
        {
            case "$$placeholder":
                return null;
            case "$$exists":
                return operand.AsBoolean == actual is not null
                    ? null
                    : $"{path}: exists {operand} expected, is {Show(actual)}";
            case "$$unsetOrMatches":
                return actual is null ? null : Difference(operand, actual, isRoot, path);
            case "$$matchAsRoot":
                return Difference(operand, actual, true, path);
            case "$$matchAsDocument":
                return Difference(
                    operand,
                    actual is BsonString text ? BsonDocument.Parse(text.Value) : actual,
                    false,
                    path
                );
            case "$$type":
                return HasType(operand, actual) ? null : $"{path}: type {operand} expected, got {Show(actual)}";
            case "$$sessionLsid":
                return Difference(entities.SessionIdOf(operand.AsString), actual, false, path);
            case "$$matchesEntity":
                return Difference(entities.Get<BsonValue>(operand.AsString), actual, false, path);
            case "$$matchesHexBytes":
                return
                    actual is BsonBinaryData data
                    && Convert.ToHexString(data.Bytes).Equals(operand.AsString, StringComparison.OrdinalIgnoreCase)
                    ? null
                    : Differs(operand, actual, path);
            case "$$lte":
                return actual is { IsNumeric: true } && actual.CompareTo(operand) <= 0
                    ? null
                    : Differs(operand, actual, path);
            default:
                throw new NotExpressibleException($"matcher {special.Name}");
        }
    }

    private static bool HasType(BsonValue wanted, BsonValue? actual)
    {
        var names = wanted is BsonArray several ? several.Select(n => n.AsString) : [wanted.AsString];
        return actual is not null && names.Any(name => Is(name, actual));
    }

    private static bool Is(string name, BsonValue value) =>
        name switch
        {
            "number" => value.IsNumeric,
            "int" => value.IsInt32,
            "long" => value.IsInt64,
            "double" => value.IsDouble,
            "string" => value.IsString,
            "object" => value.IsBsonDocument,
            "array" => value.IsBsonArray,
            "binData" => value.IsBsonBinaryData,
            "objectId" => value.IsObjectId,
            "bool" => value.IsBoolean,
            "date" => value.IsBsonDateTime,
            "null" => value.IsBsonNull,
            "timestamp" => value.IsBsonTimestamp,
            "decimal" => value.IsDecimal128,
            _ => throw new NotExpressibleException($"type {name}"),
        };
}
