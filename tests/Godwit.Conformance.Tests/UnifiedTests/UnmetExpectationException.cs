namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>Something came out otherwise than the case says.</summary>
internal sealed class UnmetExpectationException(string what, Exception? cause = null) : Exception(what, cause);
