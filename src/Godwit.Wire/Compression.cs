using System.Buffers.Binary;
using System.IO.Compression;
using Snappier;

namespace Godwit.Wire;

/// <summary>Wraps whole messages into OP_COMPRESSED and takes them out again.</summary>
internal static class Compression
{
    private const int Start = MessageHeader.Size + 9;
    private const int ZlibLevel = 6;

    /// <summary>The name a compressor has in hello; <see langword="null"/> for an unknown name.</summary>
    internal static Compressor? FromName(string name) =>
        name switch
        {
            "noop" => Compressor.None,
            "snappy" => Compressor.Snappy,
            "zlib" => Compressor.Zlib,
            "zstd" => Compressor.Zstd,
            _ => null,
        };

    /// <summary>The name of a compressor in hello.</summary>
    internal static string NameOf(Compressor compressor) =>
        compressor switch
        {
            Compressor.None => "noop",
            Compressor.Snappy => "snappy",
            Compressor.Zlib => "zlib",
            Compressor.Zstd => "zstd",
        };

    /// <summary>Wraps a frame.</summary>
    internal static byte[] Wrap(ReadOnlySpan<byte> frame, Compressor compressor)
    {
        var header = MessageHeader.Read(frame);
        var body = Compress(frame[MessageHeader.Size..], compressor);
        var wrapped = new byte[Start + body.Length];
        (header with { Length = wrapped.Length, OpCode = OpCode.Compressed }).Write(wrapped);
        BinaryPrimitives.WriteInt32LittleEndian(wrapped.AsSpan(MessageHeader.Size), (int)header.OpCode);
        BinaryPrimitives.WriteInt32LittleEndian(
            wrapped.AsSpan(MessageHeader.Size + 4),
            frame.Length - MessageHeader.Size
        );
        wrapped[MessageHeader.Size + 8] = (byte)compressor;
        body.CopyTo(wrapped.AsSpan(Start));
        return wrapped;
    }

    /// <summary>Takes the message out of an OP_COMPRESSED frame.</summary>
    /// <exception cref="WireException">The frame breaks the protocol, or would unpack beyond the limit.</exception>
    internal static (byte[] Frame, Compressor Compressor) Unwrap(ReadOnlySpan<byte> wrapped)
    {
        var frame = new byte[MeasureUnwrapped(wrapped)];
        return (frame, UnwrapTo(wrapped, frame));
    }

    /// <summary>How long the message in an OP_COMPRESSED frame is.</summary>
    /// <inheritdoc cref="Unwrap" path="/exception"/>
    internal static int MeasureUnwrapped(ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length < Start)
        {
            throw WireException.Malformed("an OP_COMPRESSED is cut off");
        }

        var opCode = (OpCode)BinaryPrimitives.ReadInt32LittleEndian(wrapped[MessageHeader.Size..]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(wrapped[(MessageHeader.Size + 4)..]);
        return length < 0 || length > WireLimits.MessageBytesMax - MessageHeader.Size || opCode == OpCode.Compressed
            ? throw WireException.Malformed($"an OP_COMPRESSED announces {length} bytes of {opCode}")
            : MessageHeader.Size + length;
    }

    /// <summary>Unpacks into <paramref name="frame"/>, which has the length of <see cref="MeasureUnwrapped"/>.</summary>
    /// <inheritdoc cref="Unwrap" path="/exception"/>
    internal static Compressor UnwrapTo(ReadOnlySpan<byte> wrapped, Span<byte> frame)
    {
        var opCode = (OpCode)BinaryPrimitives.ReadInt32LittleEndian(wrapped[MessageHeader.Size..]);
        var compressor = (Compressor)wrapped[MessageHeader.Size + 8];
        (MessageHeader.Read(wrapped) with { Length = frame.Length, OpCode = opCode }).Write(frame);
        Decompress(wrapped[Start..], frame[MessageHeader.Size..], compressor);
        return compressor;
    }

    private static byte[] Compress(ReadOnlySpan<byte> bytes, Compressor compressor)
    {
        switch (compressor)
        {
            case Compressor.Snappy:
                return Snappy.CompressToArray(bytes);
            case Compressor.Zstd:
                using (var zstd = new ZstdSharp.Compressor())
                {
                    return zstd.Wrap(bytes).ToArray();
                }

            case Compressor.Zlib:
                using (var packed = new MemoryStream())
                {
                    using (
                        var zlib = new ZLibStream(packed, new ZLibCompressionOptions { CompressionLevel = ZlibLevel })
                    )
                    {
                        zlib.Write(bytes);
                    }

                    return packed.ToArray();
                }

            case Compressor.None:
                return bytes.ToArray();
        }

        throw WireException.Malformed($"unknown compressor {(byte)compressor}");
    }

    private static void Decompress(ReadOnlySpan<byte> packed, Span<byte> bytes, Compressor compressor)
    {
        var written = -1;
        try
        {
            written = compressor switch
            {
                Compressor.None when packed.Length == bytes.Length => Copy(packed, bytes),
                Compressor.Snappy when Snappy.GetUncompressedLength(packed) == bytes.Length => Snappy.Decompress(
                    packed,
                    bytes
                ),
                Compressor.Zlib => Inflate(packed, bytes),
                Compressor.Zstd => Unzstd(packed, bytes),
                _ => -1,
            };
        }
        catch (Exception malformed)
            when (malformed is InvalidDataException or ZstdSharp.ZstdException or ArgumentException)
        {
            throw WireException.Malformed($"a compressed message does not unpack: {malformed.Message}");
        }

        if (written != bytes.Length)
        {
            throw WireException.Malformed("a compressed message has not the length it announces");
        }
    }

    private static int Copy(ReadOnlySpan<byte> packed, Span<byte> bytes)
    {
        packed.CopyTo(bytes);
        return packed.Length;
    }

    private static int Inflate(ReadOnlySpan<byte> packed, Span<byte> bytes)
    {
        using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        var written = zlib.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return zlib.ReadByte() < 0 ? written : -1;
    }

    private static int Unzstd(ReadOnlySpan<byte> packed, Span<byte> bytes)
    {
        using var zstd = new ZstdSharp.Decompressor();
        return zstd.Unwrap(packed, bytes);
    }
}
