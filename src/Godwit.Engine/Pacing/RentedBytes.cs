using System.Buffers;

namespace Godwit.Engine.Pacing;

/// <summary>A block of bytes from the shared pool, given back when disposed.</summary>
internal sealed class RentedBytes(int length) : IDisposable
{
    private byte[]? bytes = ArrayPool<byte>.Shared.Rent(length);

    internal Memory<byte> Bytes => bytes.AsMemory(0, length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref bytes, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
