namespace Godwit.Testing.Servers;

/// <summary>What a <see cref="WireRelay"/> does with a request.</summary>
public enum RelayFate
{
    /// <summary>It passes, and so does its answer.</summary>
    Passed,

    /// <summary>It is executed; in place of the answer the client finds its connection closed.</summary>
    AnswerLost,

    /// <summary>It stands on the way until it is delivered; the client finds its connection closed at once.</summary>
    Delayed,

    /// <summary>It stands on the way until it is delivered, and the client waits for the answer.</summary>
    Held,
}

/// <summary>A request as a relay judges it.</summary>
/// <param name="Command">The command's name.</param>
/// <param name="Namespace">Database and collection, for a command that names one.</param>
public readonly record struct RelayRequest(string Command, string Namespace);
