using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Geometry;

/// <summary>
/// What a 2dsphere or 2d index refuses in documents when it makes their keys: expression_keys_private.cpp, getS2Keys and get2DKeys. The
/// keys themselves are not made, since nothing is searched by them.
/// </summary>
internal sealed class GeometryKeys
{
    private const int Malformed = 16755;
    private readonly IReadOnlyList<string> paths;
    private readonly RawDocument? plane;
    private readonly bool isOldFormat;

    private GeometryKeys(IReadOnlyList<string> paths, RawDocument? plane, bool isOldFormat)
    {
        this.paths = paths;
        this.plane = plane;
        this.isOldFormat = isOldFormat;
    }

    /// <summary>The checks of an index; <see langword="null"/> for one of another kind.</summary>
    internal static GeometryKeys? Of(RawDocument specification)
    {
        var key = specification["key"].AsDocument;
        var sphere = key.Where(part => Is(part, "2dsphere")).Select(part => part.Name).ToList();
        var isPlane = !key.IsEmpty && Is(key.First(), "2d");
        return sphere.Count > 0 ? new(sphere, null, specification["2dsphereIndexVersion"].ToInt64() == 1)
            : isPlane ? new([key.First().Name], specification, isOldFormat: false)
            : null;
    }

    /// <summary>Looks at a document.</summary>
    /// <exception cref="CommandException">It cannot be in the index.</exception>
    internal void Check(RawDocument document)
    {
        foreach (var path in paths)
        {
            if (plane is { } specification)
            {
                CheckPlane(document, path, specification);
            }
            else
            {
                CheckSphere(document, path);
            }
        }
    }

    private void CheckSphere(RawDocument document, string path)
    {
        var values = new List<RawValue>();
        Extract(document, path, values);
        var distinct = values.Distinct().ToList();
        if (!isOldFormat && distinct is [var only] && IsNothing(only))
        {
            return;
        }

        foreach (var value in distinct)
        {
            try
            {
                GeometryParser.Check(value, isOldFormat);
            }
            catch (MalformedGeometryException malformed)
            {
                throw new CommandException(Malformed, $"Can't extract geo keys: {document}  {malformed.Message}");
            }
        }
    }

    private static void CheckPlane(RawDocument document, string path, RawDocument specification)
    {
        var values = new List<RawValue>();
        Extract(document, path, values);
        foreach (var places in values.Where(HasFields).Select(value => value.AsDocument).Where(some => !some.IsEmpty))
        {
            if (places.First().Value.IsNumber)
            {
                CheckPair(places, document, specification);
                continue;
            }

            foreach (var place in places.Values())
            {
                if (!HasFields(place))
                {
                    throw new CommandException(16804, "location object expected, location array not in correct format");
                }

                if (!place.AsDocument.IsEmpty)
                {
                    CheckPair(place.AsDocument, document, specification);
                }
            }
        }
    }

    /// <summary>GeoHashConverter::hash.</summary>
    private static void CheckPair(RawDocument place, RawDocument document, RawDocument specification)
    {
        var pair = place.Values().Take(2).ToList();
        if (pair.Count < 2)
        {
            throw new CommandException(13068, $"geo field only has 1 element :: caused by :: {document}");
        }

        if (!pair.TrueForAll(value => value.IsNumber))
        {
            throw new CommandException(
                13026,
                $"geo values must be 'legacy coordinate pairs' for 2d indexes :: caused by :: {document}"
            );
        }

        var (min, max) = (Bound(specification["min"], -180), Bound(specification["max"], 180));
        if (!pair.TrueForAll(value => value.ToDouble() >= min && value.ToDouble() <= max))
        {
            throw new CommandException(13027, $"point not in interval of [ {min}, {max} ] :: caused by :: {document}");
        }
    }

    private static double Bound(RawValue given, double otherwise) => given.IsNumber ? given.ToDouble() : otherwise;

    /// <summary>dotted_path_support::extractAllElementsAlongPath: through arrays on the way, but not through one at the end.</summary>
    private static void Extract(RawDocument document, string path, List<RawValue> found)
    {
        if (document[path] is { IsMissing: false } whole)
        {
            found.Add(whole);
            return;
        }

        if (path.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot))
        {
            return;
        }

        var (value, rest) = (document[path[..dot]], path[(dot + 1)..]);
        if (value.Type == BsonType.Document || (value.Type == BsonType.Array && new FieldPath(rest).IsIndex(0)))
        {
            Extract(value.AsDocument, rest, found);
        }
        else if (value.Type == BsonType.Array)
        {
            foreach (var element in value.AsDocument.Values().Where(HasFields))
            {
                Extract(element.AsDocument, rest, found);
            }
        }
    }

    private static bool IsNothing(RawValue value) =>
        value.Type is BsonType.Null or BsonType.Undefined || (HasFields(value) && value.AsDocument.IsEmpty);

    private static bool HasFields(RawValue value) => value.Type is BsonType.Document or BsonType.Array;

    private static bool Is(RawElement part, string kind) =>
        part.Value.Type == BsonType.String && part.Value.AsString == kind;
}
