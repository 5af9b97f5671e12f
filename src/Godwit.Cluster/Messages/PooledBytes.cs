using Godwit.Engine.Pacing;

namespace Godwit.Cluster.Messages;

/// <summary>
/// Bytes of a large message, in a block that is used again: an array made for each message of megabytes is memory that is new to the process
/// each time, and a sixth of a host's processor time went into getting it.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="block">The block they lie in, if it is to be given back by whoever has read them.</param>
internal sealed class PooledBytes(ReadOnlyMemory<byte> bytes, RentedBytes? block = null) : IDisposable
{
    internal static PooledBytes Empty { get; } = new(default);

    internal ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>A copy in a block of its own.</summary>
    internal static PooledBytes CopyOf(ReadOnlySpan<byte> bytes)
    {
        var block = new RentedBytes(bytes.Length);
        bytes.CopyTo(block.Bytes.Span);
        return new(block.Bytes, block);
    }

    public void Dispose() => block?.Dispose();
}
