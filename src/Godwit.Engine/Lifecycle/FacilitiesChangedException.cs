namespace Godwit.Engine.Lifecycle;

/// <summary>Servers of another release offer something else than those this life began with: it has to end, and another one to begin.</summary>
internal sealed class FacilitiesChangedException(string message) : Exception(message);
