namespace Godwit.Engine.Copying;

/// <summary>The destination holds a document in the range already: of an interrupted attempt, to be cleaned away first (S7).</summary>
internal sealed class LeftoverException : Exception;
