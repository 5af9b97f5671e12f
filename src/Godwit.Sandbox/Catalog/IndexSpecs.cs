using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Catalog;

/// <summary>Index specifications: checked as createIndexes does, and brought into the form and order the catalog keeps.</summary>
internal static class IndexSpecs
{
    private const int PartsMax = 32;
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "v",
        "key",
        "name",
        "ns",
        "unique",
        "sparse",
        "hidden",
        "prepareUnique",
        "background",
        "expireAfterSeconds",
        "storageEngine",
        "partialFilterExpression",
        "collation",
        "weights",
        "default_language",
        "language_override",
        "textIndexVersion",
        "2dsphereIndexVersion",
        "bits",
        "min",
        "max",
        "bucketSize",
        "wildcardProjection",
        "columnstoreProjection",
        "clustered",
        "dropDups",
        "finestIndexedLevel",
        "coarsestIndexedLevel",
    };

    private static readonly string[] ShownOrder =
    [
        "v",
        "key",
        "name",
        "background",
        "unique",
        "hidden",
        "partialFilterExpression",
        "sparse",
        "expireAfterSeconds",
        "storageEngine",
        "weights",
        "default_language",
        "language_override",
        "textIndexVersion",
        "2dsphereIndexVersion",
        "bits",
        "min",
        "max",
        "bucketSize",
        "collation",
        "wildcardProjection",
        "columnstoreProjection",
        "prepareUnique",
        "clustered",
    ];

    private static readonly HashSet<string> Plugins = new(StringComparer.Ordinal)
    {
        "hashed",
        "text",
        "2d",
        "2dsphere",
    };

    /// <summary>Refuses a specification MongoDB refuses; unknown fields are dropped where the command says so.</summary>
    internal static RawDocument Check(RawDocument spec, bool ignoresUnknown, Version release)
    {
        CheckWildcard(spec, release);
        var kept = new DocumentBuilder(spec.Length);
        foreach (var element in spec)
        {
            if (Known.Contains(element.Name))
            {
                kept.Add(element);
            }
            else if (!ignoresUnknown)
            {
                throw Bad(
                    spec,
                    ErrorCode.InvalidIndexSpecificationOption,
                    $"The field '{element.Name}' is not valid for an index specification. Specification: {spec}"
                );
            }
        }

        if (spec["key"].Type != BsonType.Document)
        {
            throw Bad(
                spec,
                ErrorCode.FailedToParse,
                $"The 'key' field is a required property of an index specification, but it was not specified. Specification: {spec}"
            );
        }

        CheckKey(spec, spec["key"].AsDocument);
        CheckName(spec);
        CheckOptions(spec);
        SpecialIndexes.Check(spec);
        return kept.Build();
    }

    /// <summary>The stored form: version first, then what makes an index another one, key, name, the rest as given.</summary>
    internal static RawDocument Stored(RawDocument spec, RawValue collectionCollation)
    {
        var builder = new DocumentBuilder(spec.Length + 64);
        builder.Add("v", spec["v"].ToInt64() is { } version ? (int)version : 2);
        AddIfTrue(builder, spec, "unique");
        AddIfTrue(builder, spec, "hidden");
        AddIfTrue(builder, spec, "prepareUnique");
        var isText = spec["key"]
            .AsDocument.Any(element => element.Value.Type == BsonType.String && element.Value.AsString == "text");
        builder.Add("key", isText ? TextIndexes.Key(spec["key"].AsDocument) : spec["key"]).Add("name", spec["name"]);
        foreach (var element in spec)
        {
            if (
                element.Name
                is "v"
                    or "unique"
                    or "hidden"
                    or "prepareUnique"
                    or "key"
                    or "name"
                    or "ns"
                    or "collation"
                    or "weights"
            )
            {
                continue;
            }

            if (isText && element.Name is ("default_language" or "language_override" or "textIndexVersion"))
            {
                continue;
            }

            builder.Add(element);
        }

        if (isText)
        {
            TextIndexes.AddOptions(builder, spec);
        }
        else if (HasPlugin(spec["key"].AsDocument, "2dsphere") && !spec.Has("2dsphereIndexVersion"))
        {
            builder.Add("2dsphereIndexVersion", 3);
        }

        AddCollation(builder, spec, collectionCollation);
        return builder.Build();
    }

    /// <summary>The form <c>listIndexes</c> shows: fields in a fixed order, the seconds of a TTL as int, bounds as double.</summary>
    internal static RawDocument Shown(RawDocument stored)
    {
        var builder = new DocumentBuilder(stored.Length);
        foreach (var name in ShownOrder)
        {
            var value = stored[name];
            builder.Add(
                name,
                name switch
                {
                    "expireAfterSeconds" when value.IsNumber => (int)(value.ToInt64() ?? 0),
                    "min" or "max" when value.Type is BsonType.Int32 or BsonType.Int64 => (double)(
                        value.ToInt64() ?? 0
                    ),
                    _ => value,
                }
            );
        }

        return builder.Build();
    }

    /// <summary>The name an index gets where none is given: fields and directions joined by underscores.</summary>
    internal static string NameOf(RawDocument key) =>
        string.Join('_', key.Select(element => $"{element.Name}_{ValueText(element.Value)}"));

    private static string ValueText(RawValue value) =>
        value.Type == BsonType.String
            ? value.AsString
            : (value.ToInt64() ?? 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static void AddIfTrue(DocumentBuilder builder, RawDocument spec, string field)
    {
        if (spec[field].IsTruthy())
        {
            builder.Add(field, true);
        }
    }

    private static void AddCollation(DocumentBuilder builder, RawDocument spec, RawValue inherited)
    {
        if (spec["collation"] is { Type: BsonType.Document } given)
        {
            if (CollationSpec.Complete(given.AsDocument) is { } complete)
            {
                builder.Add("collation", complete);
            }
        }
        else
        {
            builder.Add("collation", inherited);
        }
    }

    private static bool HasPlugin(RawDocument key, string plugin) =>
        key.Any(element => element.Value.Type == BsonType.String && element.Value.AsString == plugin);

    private static void CheckKey(RawDocument spec, RawDocument key)
    {
        if (key.IsEmpty)
        {
            throw Caused(spec, "Index keys cannot be empty.");
        }

        if (key.Count() > PartsMax)
        {
            throw new CommandException(13103, "too many compound keys");
        }

        foreach (var element in key)
        {
            var value = element.Value;
            if (value.Type == BsonType.String && !Plugins.Contains(value.AsString))
            {
                throw Caused(spec, $"Unknown index plugin '{value.AsString}'");
            }

            if (value.Type != BsonType.String && !value.IsNumber)
            {
                throw Caused(
                    spec,
                    $"Values in v:2 index key pattern cannot be of type {BsonTypeNames.NameOf(value.Type)}. Only numbers > 0, numbers < 0, and strings are allowed."
                );
            }

            if (value.IsNumber && !value.IsTruthy())
            {
                throw Caused(spec, "Values in the index key pattern cannot be 0.");
            }

            if (element.Name.Length == 0)
            {
                throw Caused(spec, "Index keys cannot be an empty field.");
            }

            if (element.Name.Split('.').Any(part => part.Length == 0))
            {
                throw Caused(spec, "Index keys cannot contain an empty field.");
            }

            if (element.Name.StartsWith('$') && element.Name is not "$**")
            {
                throw Caused(spec, "Index key contains an illegal field name: field name starts with '$'.");
            }
        }
    }

    private static void CheckWildcard(RawDocument spec, Version release)
    {
        if (
            spec["key"] is { Type: BsonType.Document } key
            && key.AsDocument.Count() > 1
            && key.AsDocument.Any(part => part.Name.EndsWith("$**", StringComparison.Ordinal))
            && !release.Knows(Novelties.CompoundWildcards)
        )
        {
            throw Bad(spec, ErrorCode.CannotCreateIndex, "wildcard indexes do not allow compounding");
        }
    }

    private static void CheckName(RawDocument spec)
    {
        var name = spec["name"];
        if (name.Type != BsonType.String)
        {
            throw Bad(
                spec,
                ErrorCode.FailedToParse,
                $"The 'name' field is a required property of an index specification, but it was not specified. Specification: {spec}"
            );
        }

        var isId =
            spec["key"].AsDocument is var key
            && key.Count() == 1
            && key.First().NameIs("_id")
            && key.First().Value.ToInt64() == 1;
        if (name.AsString.Contains('\0', StringComparison.Ordinal))
        {
            throw Caused(spec, "Index name contains an embedded null character");
        }

        if (name.AsString == "*")
        {
            throw new CommandException(ErrorCode.BadValue, "The index name '*' is not valid.");
        }

        if (name.AsString == "_id_" && !isId)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"The index name '_id_' is reserved for the _id index, which must have key pattern {{_id: 1}}, found key: {spec["key"]}"
            );
        }

        foreach (var element in spec)
        {
            if (isId && element.Name is not ("key" or "name" or "v" or "ns" or "collation"))
            {
                throw new CommandException(
                    ErrorCode.InvalidIndexSpecificationOption,
                    $"The field '{element.Name}' is not valid for an _id index specification. Specification: {new DocumentBuilder().AddAll(spec).Add("v", 2).Build()}"
                );
            }
        }
    }

    private static void CheckOptions(RawDocument spec)
    {
        if (spec["v"].ToInt64() == 1 && spec.Has("collation"))
        {
            throw Caused(
                spec,
                $"Invalid index specification {spec}; cannot create an index with the 'collation' option and v=1"
            );
        }

        if (spec["partialFilterExpression"] is { IsMissing: false } partial)
        {
            if (partial.Type != BsonType.Document)
            {
                throw Bad(
                    spec,
                    ErrorCode.TypeMismatch,
                    $"The field 'partialFilterExpression' must be an object, but got {BsonTypeNames.NameOf(partial.Type)}"
                );
            }

            if (spec["sparse"].IsTruthy())
            {
                throw Caused(spec, "cannot mix \"partialFilterExpression\" and \"sparse\" options");
            }
        }

        if (spec["expireAfterSeconds"] is { IsMissing: false } seconds && !IsExpiry(seconds))
        {
            throw Caused(
                spec,
                $"TTL index 'expireAfterSeconds' option must be within an acceptable range, try a different number. Index spec: {spec}"
            );
        }

        if (spec.Has("expireAfterSeconds") && spec["key"].AsDocument.Count() > 1)
        {
            throw Caused(
                spec,
                $"TTL indexes are single-field indexes, compound indexes do not support TTL. Index spec: {spec}"
            );
        }
    }

    // In milliseconds since 1970 it has to be a date (validateExpireAfterSeconds, index_key_validate.cpp).
    private static bool IsExpiry(RawValue seconds) =>
        seconds.IsNumber
        && (
            seconds.Type == BsonType.Double
                ? double.IsNaN(seconds.AsDouble) || seconds.AsDouble is > -1 and < (double)int.MaxValue + 1
                : seconds.ToInt64() is >= 0 and <= int.MaxValue
        );

    private static CommandException Caused(RawDocument spec, string reason) =>
        Bad(spec, ErrorCode.CannotCreateIndex, reason);

    private static CommandException Bad(RawDocument spec, ErrorCode code, string reason) =>
        new(code, $"Error in specification {spec} :: caused by :: {reason}");
}
