using System.Buffers.Binary;
using Godwit.Bson;

namespace Godwit.Engine.Remote;

/// <summary>
/// What is left of an event whose content stays with the host that has read it: token, operation, time, collection and key, as they came,
/// and where the content is.
/// </summary>
internal static class EventStubs
{
    /// <summary>By how much a stub may be longer than its event.</summary>
    internal const int GrowthMax = 1 + 11 + sizeof(int) + 1 + HeldContent.Length;

    /// <summary>The field that says where the content is: none of the server's.</summary>
    internal static ReadOnlySpan<byte> FieldName => "godwitHeld"u8;

    /// <summary>Writes the stub of an event.</summary>
    /// <returns>Its length.</returns>
    internal static int Write(RawDocument change, in HeldContent content, Span<byte> room)
    {
        var end = sizeof(int);
        foreach (var field in change)
        {
            if (IsNeeded(field.NameUtf8.Span))
            {
                field.Bytes.Span.CopyTo(room[end..]);
                end += field.Bytes.Length;
            }
        }

        room[end++] = (byte)BsonType.Binary;
        FieldName.CopyTo(room[end..]);
        end += FieldName.Length;
        room[end++] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(room[end..], HeldContent.Length);
        end += sizeof(int);
        room[end++] = 0;
        content.Write(room[end..]);
        end += HeldContent.Length;
        room[end++] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(room, end);
        return end;
    }

    private static bool IsNeeded(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("_id"u8)
        || name.SequenceEqual("operationType"u8)
        || name.SequenceEqual("clusterTime"u8)
        || name.SequenceEqual("ns"u8)
        || name.SequenceEqual("collectionUUID"u8)
        || name.SequenceEqual("documentKey"u8)
        || name.SequenceEqual("txnNumber"u8);
}
