namespace Godwit.Engine.Scoping;

/// <summary>A filter or mapping of names cannot be used: the message says what is wrong with it.</summary>
internal sealed class ScopeException(string message) : Exception(message);
