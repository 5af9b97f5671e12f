namespace Godwit.Wire;

/// <summary>A peer broke the protocol. Nothing after it on that connection can be trusted, so the connection is closed.</summary>
internal sealed class WireException : Exception
{
    internal WireException(int code, string message)
        : base(message) => Code = code;

    /// <summary>MongoDB's code for the breach (17 ProtocolError where there is no closer one).</summary>
    internal int Code { get; }

    /// <summary>A breach without a code of its own.</summary>
    internal static WireException Malformed(string message) => new(17, message);
}
