using System.Buffers.Binary;
using Godwit.Bson;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// How keys are laid out. A logical key is an ident (4 bytes, big endian) and a tail; the stored key adds the commit time with
/// all bits inverted, so that the newest version of a key comes first. No logical key is the beginning of another one.
/// </summary>
internal static class KeyLayout
{
    internal const int IdentLength = 4;
    internal const int TimeLength = 8;

    /// <summary>The record key of a record number.</summary>
    internal static byte[] RecordKey(long number)
    {
        var key = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        return key;
    }

    /// <summary>The number in a record key that holds one.</summary>
    internal static long RecordNumber(ReadOnlySpan<byte> recordKey) => BinaryPrimitives.ReadInt64BigEndian(recordKey);

    /// <summary>An ident alone: the lower bound of everything under it.</summary>
    internal static byte[] Ident(uint ident) => Logical(ident, []);

    /// <summary>An ident and a tail.</summary>
    internal static byte[] Logical(uint ident, ReadOnlySpan<byte> tail)
    {
        var key = new byte[IdentLength + tail.Length];
        BinaryPrimitives.WriteUInt32BigEndian(key, ident);
        tail.CopyTo(key.AsSpan(IdentLength));
        return key;
    }

    /// <summary>An ident and a tail in two parts.</summary>
    internal static byte[] Logical(uint ident, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var key = new byte[IdentLength + first.Length + second.Length];
        BinaryPrimitives.WriteUInt32BigEndian(key, ident);
        first.CopyTo(key.AsSpan(IdentLength));
        second.CopyTo(key.AsSpan(IdentLength + first.Length));
        return key;
    }

    /// <summary>The ident of a logical key.</summary>
    internal static uint IdentOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32BigEndian(key);

    /// <summary>Writes the inverted commit time behind a logical key.</summary>
    internal static void WriteTime(Span<byte> destination, ClusterTime time) =>
        BinaryPrimitives.WriteUInt64BigEndian(destination, ~time.Packed);

    /// <summary>The commit time at the end of a stored key.</summary>
    internal static ClusterTime TimeOf(ReadOnlySpan<byte> storedKey) =>
        ClusterTime.FromPacked(~BinaryPrimitives.ReadUInt64BigEndian(storedKey[^TimeLength..]));

    /// <summary>A logical key with its commit time.</summary>
    internal static byte[] Stored(ReadOnlySpan<byte> logical, ClusterTime time)
    {
        var key = new byte[logical.Length + TimeLength];
        logical.CopyTo(key);
        WriteTime(key.AsSpan(logical.Length), time);
        return key;
    }
}
