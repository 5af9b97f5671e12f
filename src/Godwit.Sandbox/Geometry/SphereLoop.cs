namespace Godwit.Sandbox.Geometry;

/// <summary>
/// A closed chain of edges on the sphere, as S2Loop: what makes it invalid, and how it lies towards others. Orientations are computed
/// in doubles; S2 settles with exact arithmetic what lies within a rounding error of an edge.
/// </summary>
internal sealed class SphereLoop
{
    private readonly SpherePoint[] vertices;

    private SphereLoop(SpherePoint[] vertices) => this.vertices = vertices;

    internal int Count => vertices.Length;

    internal IReadOnlyList<SpherePoint> Vertices => vertices;

    /// <summary>The edges, each from a vertex to the next.</summary>
    private IEnumerable<(SpherePoint From, SpherePoint To)> Edges => vertices.Select((from, i) => (from, At(i + 1)));

    /// <summary>The loop through some vertices, the last of which is not the first again, turned so that it encloses half of the sphere at most.</summary>
    internal static SphereLoop Normalized(SpherePoint[] vertices) =>
        new(AreaOnTheLeft(vertices) <= 2 * Math.PI ? vertices : [.. vertices.Reverse()]);

    /// <summary>What S2Loop::IsValid finds wrong; <see langword="null"/> for nothing.</summary>
    internal static string? FindFault(SpherePoint[] vertices)
    {
        var seen = new Dictionary<SpherePoint, int>();
        for (var i = 0; i < vertices.Length; i++)
        {
            if (!seen.TryAdd(vertices[i], i))
            {
                return $"Duplicate vertices: {seen[vertices[i]]} and {i}";
            }
        }

        var loop = new SphereLoop(vertices);
        for (var i = 0; i < vertices.Length; i++)
        {
            for (var j = i + 1; j < vertices.Length; j++)
            {
                if (AreCrossing(loop.At(i), loop.At(i + 1), loop.At(j), loop.At(j + 1)))
                {
                    return $"Edges {i} and {j} cross";
                }
            }
        }

        return null;
    }

    /// <summary>Whether another loop lies within this one; their edges may touch in vertices.</summary>
    internal bool Contains(SphereLoop other)
    {
        if (IsCrossedBy(other))
        {
            return false;
        }

        var own = vertices.ToHashSet();
        var inner = other.vertices.Where(vertex => !own.Contains(vertex)).Take(1).ToList();
        return Encloses(inner is [var vertex] ? vertex : other.vertices[0].HalfWayTo(other.vertices[1]));
    }

    /// <summary>Whether an edge of one crosses an edge of the other.</summary>
    internal bool IsCrossedBy(SphereLoop other) =>
        Edges.Any(edge => other.Edges.Any(of => AreCrossing(edge.From, edge.To, of.From, of.To)));

    /// <summary>Whether an edge of one is an edge of the other, in whatever direction.</summary>
    internal bool SharesAnEdgeWith(SphereLoop other)
    {
        var edges = Edges.ToHashSet();
        return other.Edges.Any(edge => edges.Contains(edge) || edges.Contains((edge.To, edge.From)));
    }

    /// <summary>How many vertices are vertices of the other as well.</summary>
    internal int SharedVertices(SphereLoop other) => vertices.Intersect(other.vertices).Count();

    private SpherePoint At(int index) => vertices[index % vertices.Length];

    // The loop goes round a point within it once, to the left; seen from elsewhere it does not, or goes round the other way.
    private bool Encloses(SpherePoint point) => Edges.Sum(edge => AngleAt(point, edge.From, edge.To)) > Math.PI;

    private static double AngleAt(SpherePoint point, SpherePoint from, SpherePoint to)
    {
        var (a, b) = (point.Cross(from), point.Cross(to));
        return Math.Atan2(a.Cross(b).Dot(point), a.Dot(b));
    }

    /// <summary>S2EdgeUtil::SimpleCrossing: whether two edges cross at a point that is a vertex of neither.</summary>
    private static bool AreCrossing(SpherePoint a, SpherePoint b, SpherePoint c, SpherePoint d)
    {
        var ab = a.Cross(b);
        var (acb, bda) = (-ab.Dot(c), ab.Dot(d));
        if (acb * bda <= 0)
        {
            return false;
        }

        var cd = c.Cross(d);
        var (cbd, dac) = (-cd.Dot(b), cd.Dot(a));
        return acb * cbd > 0 && acb * dac > 0;
    }

    // The sum of the signed triangles that the first vertex makes with each edge (S2Loop::GetArea), in steradians.
    private static double AreaOnTheLeft(SpherePoint[] vertices)
    {
        var area = 0.0;
        for (var i = 1; i < vertices.Length - 1; i++)
        {
            area += TriangleArea(vertices[0], vertices[i], vertices[i + 1]);
        }

        return area < 0 ? area + (4 * Math.PI) : area;
    }

    private static double TriangleArea(SpherePoint a, SpherePoint b, SpherePoint c) =>
        2 * Math.Atan2(a.Cross(b).Dot(c), 1 + a.Dot(b) + b.Dot(c) + c.Dot(a));
}
