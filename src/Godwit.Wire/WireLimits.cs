namespace Godwit.Wire;

/// <summary>The protocol's limits.</summary>
internal static class WireLimits
{
    /// <summary>Bytes of a message, header included, compressed or not.</summary>
    internal const int MessageBytesMax = 48_000_000;

    /// <summary>Document sequences in one message.</summary>
    internal const int SequencesMax = 2;
}
