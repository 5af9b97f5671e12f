using System.Buffers.Binary;
using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>Reads the front of a token's KeyString: the parts that are not the event's own identity.</summary>
internal ref struct ResumeTokenReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    internal ClusterTime ReadTimestamp()
    {
        Expect(0x82);
        return ClusterTime.FromPacked(BinaryPrimitives.ReadUInt64BigEndian(Take(8)));
    }

    internal int ReadInteger()
    {
        var type = Take(1)[0];
        if (type == 0x29)
        {
            return 0;
        }

        if (type is < 0x2B or > 0x2F)
        {
            throw ResumeTokenParser.Malformed("an integer was expected");
        }

        long value = 0;
        foreach (var part in Take(type - 0x2A))
        {
            value = (value << 8) | part;
        }

        return checked((int)(value >> 1));
    }

    internal bool ReadBoolean() =>
        Take(1)[0] switch
        {
            0x6E => false,
            0x6F => true,
            _ => throw ResumeTokenParser.Malformed("fromInvalidate is not a boolean"),
        };

    /// <summary>Whether a UUID stands here (null does where an event has none).</summary>
    internal bool ReadHasUuid()
    {
        var type = Take(1)[0];
        if (type == 0x14)
        {
            return false;
        }

        if (type != 0x5A)
        {
            throw ResumeTokenParser.Malformed("the collection is neither UUID nor null");
        }

        _ = Take(18);
        return true;
    }

    private void Expect(byte type)
    {
        if (Take(1)[0] != type)
        {
            throw ResumeTokenParser.Malformed("it does not begin with a cluster time");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (position + count > bytes.Length)
        {
            throw ResumeTokenParser.CutOff(count, bytes.Length, position);
        }

        position += count;
        return bytes.Slice(position - count, count);
    }
}
