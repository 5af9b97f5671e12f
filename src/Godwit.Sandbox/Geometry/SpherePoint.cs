namespace Godwit.Sandbox.Geometry;

/// <summary>A point on the unit sphere, as a vector from its centre.</summary>
internal readonly record struct SpherePoint(double X, double Y, double Z)
{
    /// <summary>The point of a longitude and a latitude in degrees.</summary>
    internal static SpherePoint Of(double longitude, double latitude)
    {
        var (theta, phi) = (double.DegreesToRadians(longitude), double.DegreesToRadians(latitude));
        return new(Math.Cos(theta) * Math.Cos(phi), Math.Sin(theta) * Math.Cos(phi), Math.Sin(phi));
    }

    internal SpherePoint Opposite => new(-X, -Y, -Z);

    internal double Dot(SpherePoint other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    internal SpherePoint Cross(SpherePoint other) =>
        new((Y * other.Z) - (Z * other.Y), (Z * other.X) - (X * other.Z), (X * other.Y) - (Y * other.X));

    /// <summary>Half-way to another point, on the sphere.</summary>
    internal SpherePoint HalfWayTo(SpherePoint other)
    {
        var (x, y, z) = (X + other.X, Y + other.Y, Z + other.Z);
        var length = Math.Sqrt((x * x) + (y * y) + (z * z));
        return new(x / length, y / length, z / length);
    }
}
