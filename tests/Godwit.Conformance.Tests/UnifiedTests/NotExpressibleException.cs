namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>The case uses something that the client or this runner cannot do; the server is not judged by it.</summary>
internal sealed class NotExpressibleException(string what) : Exception(what);
