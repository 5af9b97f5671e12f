using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Godwit.Wire;

/// <summary>Cuts a stream of bytes into frames. A length outside the limits is refused before anything of it is buffered.</summary>
internal sealed class FrameReader(PipeReader input)
{
    /// <summary>Reads the next whole frame, header included; <see langword="null"/> when the peer has closed between two frames.</summary>
    /// <exception cref="WireException">The length is impossible, or the stream ends inside a frame.</exception>
    internal async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.Length >= sizeof(int))
            {
                var length = CheckedLength(buffer);
                if (buffer.Length >= length)
                {
                    var frame = buffer.Slice(0, length).ToArray();
                    input.AdvanceTo(buffer.GetPosition(length));
                    return frame;
                }
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw WireException.Malformed("the connection ended inside a message");
            }
        }
    }

    private static int CheckedLength(ReadOnlySequence<byte> buffer)
    {
        Span<byte> word = stackalloc byte[sizeof(int)];
        buffer.Slice(0, sizeof(int)).CopyTo(word);
        var length = BinaryPrimitives.ReadInt32LittleEndian(word);
        return length is >= MessageHeader.Size and <= WireLimits.MessageBytesMax
            ? length
            : throw WireException.Malformed($"a message announces {length} bytes");
    }
}
