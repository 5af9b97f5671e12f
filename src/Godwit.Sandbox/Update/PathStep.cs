namespace Godwit.Sandbox.Update;

/// <summary>One part of the way to a value.</summary>
/// <param name="Name">The field name, or the index as it was written.</param>
/// <param name="IsIndex">Whether it is the index of an array.</param>
internal readonly record struct PathStep(string Name, bool IsIndex);
