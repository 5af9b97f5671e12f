using Godwit.Engine.Ports;

namespace Godwit.Cluster.Messages;

/// <summary>
/// Documents that are much alike, each as its difference from the last one of its length: stubs of events differ in times and keys, a
/// fifth of their bytes, and the leader receives all of them. A document is its length, doubled, and one more if a difference follows; then
/// its bytes, or by turns how many are as before, how many are not, and these. Numbers have seven bits in a byte, the lowest first.
/// </summary>
internal static class AlikeDocuments
{
    /// <summary>Longer documents are sent as they are.</summary>
    private const int LengthMax = 1024;

    /// <summary>Fewer equal bytes than this between others are not worth saying.</summary>
    private const int EqualMin = 4;

    /// <summary>What a document may take beside its bytes: its length, and numbers of one run of others that is as long as it is.</summary>
    private const int OverheadMax = 5 + 2 + 2;

    /// <summary>Bytes that packing takes at most.</summary>
    internal static int SizeMax(DocumentBatch documents) => documents.Bytes.Length + (documents.Count * OverheadMax);

    /// <summary>Packs documents.</summary>
    /// <returns>The bytes used.</returns>
    internal static int Pack(DocumentBatch documents, Span<byte> room)
    {
        var all = documents.Bytes.Span;
        Span<int> lastOf = stackalloc int[LengthMax];
        lastOf.Fill(-1);
        var (from, to) = (0, 0);
        foreach (var document in documents)
        {
            var length = document.Length;
            var bytes = all.Slice(from, length);
            if (length < LengthMax && lastOf[length] >= 0)
            {
                Write((length << 1) | 1, room, ref to);
                PackDifference(all.Slice(lastOf[length], length), bytes, room, ref to);
            }
            else
            {
                Write(length << 1, room, ref to);
                bytes.CopyTo(room[to..]);
                to += length;
            }

            if (length < LengthMax)
            {
                lastOf[length] = from;
            }

            from += length;
        }

        return to;
    }

    /// <summary>Unpacks documents into room for exactly so many bytes.</summary>
    /// <exception cref="ArgumentException">They are not what was packed.</exception>
    internal static void Unpack(ReadOnlySpan<byte> packed, Span<byte> all)
    {
        Span<int> lastOf = stackalloc int[LengthMax];
        lastOf.Fill(-1);
        var (from, to) = (0, 0);
        while (to < all.Length)
        {
            var head = Read(packed, ref from);
            var length = head >> 1;
            var bytes = all.Slice(to, length);
            if ((head & 1) != 0)
            {
                all.Slice(lastOf[length], length).CopyTo(bytes);
                UnpackDifference(packed, ref from, bytes);
            }
            else
            {
                packed.Slice(from, length).CopyTo(bytes);
                from += length;
            }

            if (length < LengthMax)
            {
                lastOf[length] = to;
            }

            to += length;
        }
    }

    private static void PackDifference(ReadOnlySpan<byte> before, ReadOnlySpan<byte> bytes, Span<byte> room, ref int to)
    {
        for (var at = 0; at < bytes.Length; )
        {
            var equal = bytes[at..].CommonPrefixLength(before[at..]);
            at += equal;
            var others = CountOthers(before[at..], bytes[at..]);
            Write(equal, room, ref to);
            Write(others, room, ref to);
            bytes.Slice(at, others).CopyTo(room[to..]);
            (at, to) = (at + others, to + others);
        }
    }

    /// <summary>How many bytes there are up to the next that are equal, of which there are enough, or up to the end.</summary>
    private static int CountOthers(ReadOnlySpan<byte> before, ReadOnlySpan<byte> bytes)
    {
        var equal = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            equal = bytes[at] == before[at] ? equal + 1 : 0;
            if (equal == EqualMin)
            {
                return at + 1 - equal;
            }
        }

        return bytes.Length;
    }

    private static void UnpackDifference(ReadOnlySpan<byte> packed, ref int from, Span<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; )
        {
            at += Read(packed, ref from);
            var others = Read(packed, ref from);
            packed.Slice(from, others).CopyTo(bytes[at..]);
            (at, from) = (at + others, from + others);
        }
    }

    private static void Write(int number, Span<byte> room, ref int to)
    {
        for (; number > 0x7F; number >>= 7)
        {
            room[to++] = (byte)(number | 0x80);
        }

        room[to++] = (byte)number;
    }

    private static int Read(ReadOnlySpan<byte> packed, ref int from)
    {
        var number = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = packed[from++];
            number |= (next & 0x7F) << shift;
            if (next <= 0x7F)
            {
                return number;
            }
        }
    }
}
