using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Catalog;

/// <summary>
/// What makes a text, 2d, 2dsphere or wildcard index impossible, in the words of <c>fts_spec.cpp</c>, <c>expression_params.cpp</c>,
/// <c>hash.cpp</c>, <c>s2_access_method.cpp</c> and <c>index_catalog_impl.cpp</c>.
/// </summary>
internal static class SpecialIndexes
{
    private const int WeightMax = 1_000_000_000;

    private static readonly HashSet<string> Languages = new(
        (
            "none da danish de german en english es spanish fi finnish fr french hu hungarian it italian nb norwegian nl dutch "
            + "pt portuguese ro romanian ru russian sv swedish tr turkish"
        ).Split(' '),
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Looks at one; says nothing of ordinary indexes.</summary>
    /// <exception cref="CommandException">It cannot be.</exception>
    internal static void Check(RawDocument spec)
    {
        var key = spec["key"].AsDocument;
        var isWildcard = key.Any(part =>
            part.Value.IsNumber && (part.Name == "$**" || part.Name.EndsWith(".$**", StringComparison.Ordinal))
        );
        CheckWildcard(spec, key, isWildcard);
        switch (key.Select(PluginOf).FirstOrDefault(plugin => plugin.Length > 0))
        {
            case "text":
                CheckText(spec, key);
                break;
            case "2d":
                CheckPlane(spec, key);
                break;
            case "2dsphere":
                CheckSphere(spec, key);
                break;
            default:
                break;
        }
    }

    private static void CheckWildcard(RawDocument spec, RawDocument key, bool isWildcard)
    {
        if (spec.TryGet("wildcardProjection", out var projection))
        {
            if (!isWildcard)
            {
                throw Bad(
                    spec,
                    ErrorCode.BadValue,
                    "The field 'wildcardProjection' is only allowed in 'wildcard' indexes"
                );
            }

            if (projection.Type != BsonType.Document)
            {
                throw Bad(
                    spec,
                    ErrorCode.TypeMismatch,
                    $"The field 'wildcardProjection' must be a non-empty object, but got {BsonTypeNames.NameOf(projection.Type)}"
                );
            }

            if (!key.Has("$**") || projection.AsDocument.IsEmpty)
            {
                throw Bad(
                    spec,
                    ErrorCode.FailedToParse,
                    projection.AsDocument.IsEmpty && key.Has("$**")
                        ? "The 'wildcardProjection' field can't be an empty object"
                        : "The field 'wildcardProjection' is only allowed when 'key' is {\"$**\": ±1} or {\"$**\": \"columnstore\"}"
                );
            }
        }
        else if (isWildcard && key.Has("$**") && key.Count() > 1)
        {
            throw Caused(spec, "Compound wildcard indexes on all fields must also specify 'wildcardProjection' option");
        }

        var refused = isWildcard
            ? new[] { "sparse", "unique", "expireAfterSeconds" }.FirstOrDefault(option =>
                option == "expireAfterSeconds" ? spec.Has(option) : spec[option].IsTruthy()
            )
            : null;
        if (refused is not null)
        {
            throw Caused(
                spec,
                (refused == "expireAfterSeconds" ? "cannot make a TTL index :: caused by :: " : "")
                    + $"Index type 'wildcard' does not support the {refused} option"
            );
        }
    }

    private static void CheckText(RawDocument spec, RawDocument key)
    {
        var kinds = key.Select(part => PluginOf(part) == "text" || part.Name == "_ftsx").ToList();
        if (kinds.IndexOf(true) is var first && kinds.LastIndexOf(true) - first + 1 != kinds.Count(isText => isText))
        {
            throw Caused(spec, "'text' fields in index must all be adjacent");
        }

        if (spec["weights"] is { IsMissing: false } weights)
        {
            if (weights.Type != BsonType.Document)
            {
                throw Caused(spec, "text index option 'weights' must be an object");
            }

            foreach (var weight in weights.AsDocument)
            {
                CheckWeight(spec, weight);
            }
        }

        if (spec["default_language"] is { IsMissing: false } language)
        {
            if (language.Type != BsonType.String || !Languages.Contains(language.AsString))
            {
                throw Caused(
                    spec,
                    language.Type == BsonType.String
                        ? "default_language is not valid"
                        : "default_language needs a string type"
                );
            }
        }

        if (spec["language_override"] is { IsMissing: false } field)
        {
            if (field.Type != BsonType.String || field.AsString is "" or ['$', ..] || field.AsString.Contains('.'))
            {
                throw Caused(
                    spec,
                    field.Type == BsonType.String
                        ? "language_override is not valid"
                        : "language_override must be a string"
                );
            }
        }

        if (spec["textIndexVersion"] is { IsMissing: false } version && version.ToInt64() is not (1 or 2 or 3))
        {
            throw Caused(spec, $"bad textIndexVersion: {version.ToInt64() ?? 0}");
        }
    }

    private static void CheckWeight(RawDocument spec, RawElement weight)
    {
        if (!weight.Value.IsNumber)
        {
            throw Caused(spec, "weight for text index needs numeric type");
        }

        if (weight.Value.ToInt64() is not (> 0 and < WeightMax))
        {
            throw Caused(
                spec,
                $"text index weight must be in the exclusive interval (0,{WeightMax}) but found: {weight.Value.ToInt64()}"
            );
        }

        if (weight.Name != "$**" && Array.Exists(weight.Name.Split('.'), part => part is "" or ['$', ..]))
        {
            throw Caused(
                spec,
                weight.Name.Contains('$')
                    ? "weight cannot have path component with $ prefix"
                    : "weight cannot have empty path component"
            );
        }
    }

    private static void CheckPlane(RawDocument spec, RawDocument key)
    {
        if (key.Count(part => PluginOf(part) == "2d") > 1)
        {
            throw new CommandException(16800, "can't have 2 geo fields");
        }

        if (PluginOf(key.First()) != "2d")
        {
            throw new CommandException(16801, "2d has to be first in index");
        }

        var bits = Number(spec, "bits", 26);
        if (bits is < 1 or > 32)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                $"bits for hash must be > 0 and <= 32, but {bits} bits were specified"
            );
        }

        var (min, max) = (Number(spec, "min", -180), Number(spec, "max", 180));
        if (min >= max)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                $"region for hash must be valid and have positive area, but [{min}, {max}] was specified"
            );
        }
    }

    private static void CheckSphere(RawDocument spec, RawDocument key)
    {
        if (key.Any(part => PluginOf(part) is not ("2dsphere" or "")))
        {
            throw new CommandException(16823, $"Cannot use 2dsphere index with other special index types: {key}");
        }

        if (spec["2dsphereIndexVersion"] is { IsMissing: false } version && version.ToInt64() is not (1 or 2 or 3))
        {
            throw Caused(
                spec,
                $"unsupported geo index version {{ 2dsphereIndexVersion : {version} }}, only support versions: [1,2,3]"
            );
        }

        var (coarse, fine) = (Number(spec, "coarsestIndexedLevel", 0), Number(spec, "finestIndexedLevel", 23));
        var code =
            coarse < 0 ? (16747, "coarsestIndexedLevel must be >= 0")
            : fine > 30 ? (16748, "finestIndexedLevel must be <= 30")
            : fine < coarse ? (16749, "finestIndexedLevel must be >= coarsestIndexedLevel")
            : default;
        if (code.Item1 != 0)
        {
            throw new CommandException(code.Item1, code.Item2);
        }
    }

    private static double Number(RawDocument spec, string field, double otherwise) =>
        spec[field] switch
        {
            { IsMissing: true } => otherwise,
            { Type: BsonType.Double } value => value.AsDouble,
            { IsNumber: true } value => value.ToInt64() ?? otherwise,
            _ => throw new CommandException(
                ErrorCode.InvalidOptions,
                $"wrong type for '{field}' field, expected number, found {BsonTypeNames.NameOf(spec[field].Type)}"
            ),
        };

    private static string PluginOf(RawElement part) => part.Value.Type == BsonType.String ? part.Value.AsString : "";

    private static CommandException Caused(RawDocument spec, string reason) =>
        Bad(spec, ErrorCode.CannotCreateIndex, reason);

    private static CommandException Bad(RawDocument spec, ErrorCode code, string reason) =>
        new(code, $"Error in specification {spec} :: caused by :: {reason}");
}
