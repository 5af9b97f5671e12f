using Godwit.Bson;

namespace Godwit.Sandbox.Geometry;

/// <summary>What makes the loops of a GeoJSON polygon no polygon (parseGeoJSONPolygonCoordinates in geoparser.cpp, S2Polygon::IsValid).</summary>
internal static class SpherePolygon
{
    /// <summary>Checks the <c>coordinates</c> of a polygon.</summary>
    /// <exception cref="MalformedGeometryException">They are not those of one.</exception>
    internal static void Check(RawValue coordinates)
    {
        if (coordinates.Type != BsonType.Array)
        {
            throw Bad(
                $"Polygon coordinates must be an array, instead got type {BsonTypeNames.NameOf(coordinates.Type)}"
            );
        }

        var loops = new List<SphereLoop>();
        foreach (var element in coordinates.AsDocument.Values())
        {
            var loop = SphereLoop.Normalized(Valid(element));
            loops.Add(loop);
            if (loops.Count > 1 && !loops[0].Contains(loop))
            {
                throw Bad(
                    $"Secondary loops not contained by first exterior loop - secondary loops must be holes: {element} first loop: {coordinates.AsDocument.First().Value}"
                );
            }
        }

        if (loops.Count == 0)
        {
            throw Bad("Polygon has no loops.");
        }

        for (var i = 0; i < loops.Count; i++)
        {
            for (var j = i + 1; j < loops.Count; j++)
            {
                CheckPair(loops, i, j, coordinates);
            }
        }
    }

    /// <summary>Checks a polygon whose one loop may enclose more than half of the sphere (parseBigSimplePolygonCoordinates).</summary>
    /// <exception cref="MalformedGeometryException">It is none.</exception>
    internal static void CheckBig(RawValue coordinates)
    {
        if (coordinates.Type != BsonType.Array)
        {
            throw Bad(
                $"Coordinates of polygon must be an array, instead got type {BsonTypeNames.NameOf(coordinates.Type)}"
            );
        }

        var loops = coordinates.AsDocument.Values().ToList();
        if (loops.Count != 1)
        {
            throw Bad(
                $"Only one simple loop is allowed in a big polygon, instead provided {loops.Count} loops: {coordinates}"
            );
        }

        _ = Valid(loops[0]);
    }

    private static SpherePoint[] Valid(RawValue element)
    {
        var points = GeometryParser.Points(element);
        if (points.Count == 0)
        {
            throw Bad($"Loop has no vertices: {element}");
        }

        if (points[0] != points[^1])
        {
            throw Bad($"Loop is not closed, first vertex does not equal last vertex: {element}");
        }

        // The last is the first once more.
        var vertices = GeometryParser.WithoutRepetitions(points).SkipLast(1).ToArray();
        return vertices.Length < 3
                ? throw Bad(
                    $"Loop must have at least 3 different vertices, {vertices.Length} unique vertices were provided: {element}"
                )
            : SphereLoop.FindFault(vertices) is { } fault ? throw Bad($"Loop is not valid: {element} {fault}")
            : vertices;
    }

    // The first loop contains all others: those that cross it have been refused.
    private static void CheckPair(List<SphereLoop> loops, int i, int j, RawValue coordinates)
    {
        if (loops[i].SharesAnEdgeWith(loops[j]))
        {
            throw Bad($"Polygon isn't valid: Duplicate edge: loop {i} and loop {j} {coordinates}");
        }

        if (loops[i].IsCrossedBy(loops[j]))
        {
            throw Bad($"Polygon isn't valid: Loop {i} crosses loop {j} {coordinates}");
        }

        if (i == 0 && loops[j].SharedVertices(loops[0]) > 1)
        {
            throw Bad($"Loop {j} shares more than one vertex with its parent loop 0: {coordinates}");
        }

        if (i > 0 && (loops[i].Contains(loops[j]) || loops[j].Contains(loops[i])))
        {
            throw Bad($"Polygon interior loops cannot be nested: {coordinates}");
        }
    }

    private static MalformedGeometryException Bad(string reason) => new(reason);
}
