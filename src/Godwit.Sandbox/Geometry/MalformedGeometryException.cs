namespace Godwit.Sandbox.Geometry;

/// <summary>A value is no geometry; the message says why, in the words of geoparser.cpp.</summary>
internal sealed class MalformedGeometryException(string reason) : Exception(reason);
