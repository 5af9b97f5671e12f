using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;

namespace Godwit.Sandbox.Geometry;

/// <summary>Tells whether a value of a document is a geometry that a 2dsphere index takes: GeometryContainer::parseFromStorage and geoparser.cpp.</summary>
internal static class GeometryParser
{
    private const string StrictWinding = "urn:x-mongodb:crs:strictwinding:EPSG:4326";

    /// <summary>Checks a value of a document.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isOldFormat">Whether only points, lines and polygons are taken, as in indexes of version 1.</param>
    /// <exception cref="MalformedGeometryException">It is none.</exception>
    internal static void Check(RawValue value, bool isOldFormat)
    {
        if (!HasFields(value))
        {
            throw Bad($"geo element must be an array or object: {value}");
        }

        var geometry = value.AsDocument;
        if (value.Type == BsonType.Array || (!geometry.IsEmpty && geometry.First().Value.IsNumber))
        {
            var (x, y) = FlatPoint(value);
            if (!IsOnSphere(x, y))
            {
                throw Bad($"can't project geometry into spherical CRS: {value}");
            }

            return;
        }

        if (TypeOf(geometry) == "GeometryCollection")
        {
            CheckCollection(geometry);
        }
        else if (CheckSimple(geometry))
        {
            throw Bad("can't index geometry with strict winding order");
        }

        if (isOldFormat && TypeOf(geometry) is not ("Point" or "LineString" or "Polygon"))
        {
            throw Bad("given geometry can't be indexed in the old index format");
        }
    }

    /// <summary>The points of an array of coordinates.</summary>
    internal static List<SpherePoint> Points(RawValue value) =>
        value.Type == BsonType.Array
            ? [.. value.AsDocument.Values().Select(PointOf)]
            : throw Bad(
                $"GeoJSON coordinates must be an array of coordinates, instead got type {BsonTypeNames.NameOf(value.Type)}"
            );

    /// <summary>Points without those that are the same as the one before.</summary>
    internal static IEnumerable<SpherePoint> WithoutRepetitions(IReadOnlyList<SpherePoint> points) =>
        points.Where((point, i) => i == 0 || point != points[i - 1]);

    private static string TypeOf(RawDocument geometry) =>
        geometry["type"] is { Type: BsonType.String } type ? type.AsString : "";

    /// <summary>Checks everything but a collection; says whether it keeps to the order of winding.</summary>
    private static bool CheckSimple(RawDocument geometry)
    {
        var type = TypeOf(geometry);
        if (type is not ("Point" or "LineString" or "Polygon" or "MultiPoint" or "MultiLineString" or "MultiPolygon"))
        {
            throw Bad($"unknown GeoJSON type: {geometry}");
        }

        var isStrict = IsStrict(geometry, type);
        var coordinates = geometry["coordinates"];
        switch (type)
        {
            case "Point":
                var (x, y) = FlatPoint(coordinates);
                CheckBounds(x, y);
                break;
            case "LineString":
                CheckLine(coordinates);
                break;
            case "Polygon" when isStrict:
                SpherePolygon.CheckBig(coordinates);
                break;
            case "Polygon":
                SpherePolygon.Check(coordinates);
                break;
            case "MultiPoint":
                if (Points(coordinates).Count == 0)
                {
                    throw NoElement(type);
                }

                break;
            case "MultiLineString":
                CheckEach(type, coordinates, CheckLine);
                break;
            default:
                CheckEach(type, coordinates, SpherePolygon.Check);
                break;
        }

        return isStrict;
    }

    private static void CheckEach(string type, RawValue coordinates, Action<RawValue> check)
    {
        if (coordinates.Type != BsonType.Array)
        {
            throw Bad(
                $"{type} coordinates must be an array, instead got type {BsonTypeNames.NameOf(coordinates.Type)}"
            );
        }

        foreach (var element in coordinates.AsDocument.Values())
        {
            check(element);
        }

        if (coordinates.AsDocument.IsEmpty)
        {
            throw NoElement(type);
        }
    }

    private static void CheckCollection(RawDocument collection)
    {
        var geometries = collection["geometries"];
        if (geometries.Type != BsonType.Array)
        {
            throw Bad(
                $"GeometryCollection geometries must be an array, instead got type {BsonTypeNames.NameOf(geometries.Type)}"
            );
        }

        if (geometries.AsDocument.IsEmpty)
        {
            throw Bad("GeometryCollection geometries must have at least 1 element");
        }

        foreach (var (i, geometry) in geometries.AsDocument.Values().Index())
        {
            if (geometry.Type != BsonType.Document)
            {
                throw Bad(
                    $"Element {i} of \"geometries\" must be an object, instead got type {BsonTypeNames.NameOf(geometry.Type)}: {geometry}"
                );
            }

            if (TypeOf(geometry.AsDocument) == "GeometryCollection")
            {
                throw Bad($"GeometryCollections cannot be nested: {geometry}");
            }

            _ = CheckSimple(geometry.AsDocument);
        }
    }

    private static void CheckLine(RawValue coordinates)
    {
        var vertices = WithoutRepetitions(Points(coordinates)).ToList();
        if (vertices.Count < 2)
        {
            throw Bad(
                $"GeoJSON LineString must have at least 2 vertices, instead got {vertices.Count} vertices: {coordinates}"
            );
        }

        if (vertices.Zip(vertices.Skip(1)).Any(edge => edge.First == edge.Second.Opposite))
        {
            throw Bad($"GeoJSON LineString is not valid: antipodal vertices {coordinates}");
        }
    }

    /// <summary>Reads <c>crs</c>; says whether it is the one that keeps to the order of winding.</summary>
    private static bool IsStrict(RawDocument geometry, string type)
    {
        var crs = geometry["crs"];
        if (crs.IsMissing)
        {
            return false;
        }

        if (!HasFields(crs))
        {
            throw Bad($"GeoJSON CRS must be an object, instead got type {BsonTypeNames.NameOf(crs.Type)}");
        }

        if (crs.AsDocument["type"] is not { Type: BsonType.String, AsString: "name" })
        {
            throw Bad("GeoJSON CRS must have field \"type\": \"name\"");
        }

        var properties = crs.AsDocument["properties"];
        if (!HasFields(properties))
        {
            throw Bad(
                $"CRS must have field \"properties\" which is an object, instead got type {BsonTypeNames.NameOf(properties.Type)}"
            );
        }

        return properties.AsDocument["name"] switch
        {
            { Type: BsonType.String, AsString: "EPSG:4326" or "urn:ogc:def:crs:OGC:1.3:CRS84" } => false,
            { Type: BsonType.String, AsString: StrictWinding } => type == "Polygon"
                ? true
                : throw Bad("Strict winding order CRS is only supported by polygon"),
            { Type: BsonType.String } unknown => throw Bad($"Unknown CRS name: {unknown.AsString}"),
            var other => throw Bad(
                $"In CRS, \"properties.name\" must be a string, instead got type {BsonTypeNames.NameOf(other.Type)}"
            ),
        };
    }

    private static SpherePoint PointOf(RawValue value)
    {
        if (value.Type != BsonType.Array)
        {
            throw Bad($"GeoJSON coordinates must be an array, instead got type {BsonTypeNames.NameOf(value.Type)}");
        }

        var (longitude, latitude) = FlatPoint(value);
        CheckBounds(longitude, latitude);
        return SpherePoint.Of(longitude, latitude);
    }

    // What follows the first two numbers is left alone: a height, or fields of an older kind.
    private static (double X, double Y) FlatPoint(RawValue value)
    {
        if (!HasFields(value))
        {
            throw Bad($"Point must be an array or object, instead got type {BsonTypeNames.NameOf(value.Type)}");
        }

        var first = value.AsDocument.Values().Take(2).ToList();
        for (var i = 0; i < 2; i++)
        {
            if (i >= first.Count || !first[i].IsNumber)
            {
                var type = i < first.Count ? BsonTypeNames.NameOf(first[i].Type) : "missing";
                throw Bad($"Point must only contain numeric elements, instead got type {type}");
            }
        }

        var (x, y) = (first[0].ToDouble(), first[1].ToDouble());
        return double.IsFinite(x) && double.IsFinite(y)
            ? (x, y)
            : throw Bad("Point coordinates must be finite numbers");
    }

    private static void CheckBounds(double longitude, double latitude)
    {
        if (!IsOnSphere(longitude, latitude))
        {
            throw Bad($"Longitude/latitude is out of bounds, lng: {longitude} lat: {latitude}");
        }
    }

    private static bool IsOnSphere(double longitude, double latitude) =>
        Math.Abs(longitude) <= 180 && Math.Abs(latitude) <= 90;

    private static bool HasFields(RawValue value) => value.Type is BsonType.Document or BsonType.Array;

    private static MalformedGeometryException NoElement(string type) =>
        Bad($"{type} coordinates must have at least 1 element");

    private static MalformedGeometryException Bad(string reason) => new(reason);
}
