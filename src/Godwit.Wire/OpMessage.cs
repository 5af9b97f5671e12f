using System.Buffers.Binary;
using System.Text;
using Godwit.Bson;

namespace Godwit.Wire;

/// <summary>An OP_MSG as views on the bytes of its frame: valid for as long as those bytes are.</summary>
internal sealed class OpMessage
{
    private const uint RequiredBits = 0xFFFF;
    private const MessageFlags KnownRequired = MessageFlags.ChecksumPresent | MessageFlags.MoreToCome;

    private OpMessage(MessageHeader header, MessageFlags flags, RawDocument body, List<DocumentSequence> sequences)
    {
        Header = header;
        Flags = flags;
        Body = body;
        Sequences = sequences;
    }

    internal MessageHeader Header { get; }

    internal MessageFlags Flags { get; }

    /// <summary>The kind-0 section.</summary>
    internal RawDocument Body { get; }

    /// <summary>The kind-1 sections.</summary>
    internal IReadOnlyList<DocumentSequence> Sequences { get; }

    /// <summary>Whether no reply is wanted (request) or another follows (reply).</summary>
    internal bool HasMoreToCome => Flags.HasFlag(MessageFlags.MoreToCome);

    /// <summary>Whether the sender takes several replies.</summary>
    internal bool IsExhaustAllowed => Flags.HasFlag(MessageFlags.ExhaustAllowed);

    /// <summary>Reads a whole frame, header included, and checks its checksum.</summary>
    /// <exception cref="WireException">The frame breaks the protocol.</exception>
    internal static OpMessage Parse(ReadOnlyMemory<byte> frame)
    {
        var header = MessageHeader.Read(frame.Span);
        if (frame.Length < MessageHeader.Size + 4)
        {
            throw WireException.Malformed("an OP_MSG ends before its flags");
        }

        var flags = (MessageFlags)BinaryPrimitives.ReadUInt32LittleEndian(frame.Span[MessageHeader.Size..]);
        if (((uint)(flags & ~KnownRequired) & RequiredBits) != 0)
        {
            throw new WireException(223, $"Message contains illegal flags value: Ob{Convert.ToString((uint)flags, 2)}");
        }

        var sections = frame[(MessageHeader.Size + 4)..];
        if (flags.HasFlag(MessageFlags.ChecksumPresent))
        {
            sections = CheckChecksum(frame, sections);
        }

        return ReadSections(header, flags, sections);
    }

    private static ReadOnlyMemory<byte> CheckChecksum(ReadOnlyMemory<byte> frame, ReadOnlyMemory<byte> sections)
    {
        if (sections.Length < 4)
        {
            throw new WireException(51251, "message is too small to hold its checksum");
        }

        var sent = BinaryPrimitives.ReadUInt32LittleEndian(frame.Span[^4..]);
        return Crc32C.Compute(frame.Span[..^4]) == sent
            ? sections[..^4]
            : throw new WireException(288, "OP_MSG checksum does not match contents");
    }

    private static OpMessage ReadSections(MessageHeader header, MessageFlags flags, ReadOnlyMemory<byte> rest)
    {
        RawDocument? body = null;
        var sequences = new List<DocumentSequence>();
        try
        {
            while (!rest.IsEmpty)
            {
                var kind = rest.Span[0];
                rest = rest[1..];
                switch (kind)
                {
                    case 0 when body is not null:
                        throw new WireException(40430, "Multiple body sections in message");
                    case 0:
                        var document = new RawDocument(rest);
                        body = document;
                        rest = rest[document.Length..];
                        break;
                    case 1:
                        rest = ReadSequence(rest, sequences);
                        break;
                    default:
                        throw new WireException(40432, $"Unknown section kind {kind}");
                }
            }
        }
        catch (BsonFormatException malformed)
        {
            throw new WireException(22, malformed.Message);
        }

        return body is { } found
            ? new OpMessage(header, flags, found, sequences)
            : throw new WireException(40587, "OP_MSG messages must have a body");
    }

    private static ReadOnlyMemory<byte> ReadSequence(ReadOnlyMemory<byte> rest, List<DocumentSequence> sequences)
    {
        var size = rest.Length < 4 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
        if (size < 5 || size > rest.Length)
        {
            throw WireException.Malformed("a document sequence runs past the end of its message");
        }

        var section = rest[4..size];
        var nameLength = section.Span.IndexOf((byte)0);
        if (nameLength < 0)
        {
            throw WireException.Malformed("the identifier of a document sequence has no end");
        }

        var identifier = Encoding.UTF8.GetString(section.Span[..nameLength]);
        if (sequences.Exists(sequence => sequence.Identifier == identifier))
        {
            throw new WireException(40431, $"Duplicate document sequence: {identifier}");
        }

        if (sequences.Count == WireLimits.SequencesMax)
        {
            throw new WireException(233, "Too many document sequences in OP_MSG");
        }

        sequences.Add(new(identifier, section[(nameLength + 1)..]));
        return rest[size..];
    }
}
