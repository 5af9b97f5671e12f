namespace Godwit.Wire.Client;

/// <summary>
/// A connection is broken; whether a request on it was executed is unknown. The inner exception is the first cause, whatever
/// failed after it.
/// </summary>
internal sealed class ConnectionException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>A server answered the handshake with a refusal: authentication, an unknown mechanism, an unusable version.</summary>
internal sealed class HandshakeException(int code, string message) : Exception(message)
{
    /// <summary>The server's error code; 0 where this side refused.</summary>
    internal int Code { get; } = code;
}
