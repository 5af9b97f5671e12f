using System.Buffers;
using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>
/// The <c>_id</c> of an event: a KeyString of its place in the oplog, written as upper-case hex, so that tokens sort as
/// text. Layout: cluster time, version, token type, index in the transaction, fromInvalidate, collection UUID, event
/// identifier, fragment number. The server's own layout, version 2.
/// </summary>
internal sealed record ResumeToken
{
    private const int Version = 2;
    private const int EventType = 128;

    internal required ClusterTime ClusterTime { get; init; }

    internal bool IsHighWaterMark { get; init; }

    internal int TransactionOpIndex { get; init; }

    internal bool FromInvalidate { get; init; }

    internal Guid? CollectionUuid { get; init; }

    /// <summary><c>{operationType, documentKey | operationDescription}</c>; absent in a high-water mark.</summary>
    internal RawValue EventIdentifier { get; init; }

    internal int? FragmentNumber { get; init; }

    internal static ResumeToken HighWaterMark(ClusterTime time) => new() { ClusterTime = time, IsHighWaterMark = true };

    /// <summary>The <c>_data</c> of the token.</summary>
    internal string ToData()
    {
        var buffer = new ArrayBufferWriter<byte>(96);
        KeyString.Append(buffer, RawValue.Timestamp(ClusterTime));
        KeyString.Append(buffer, Version);
        KeyString.Append(buffer, IsHighWaterMark ? 0 : EventType);
        KeyString.Append(buffer, TransactionOpIndex);
        KeyString.Append(buffer, FromInvalidate);
        KeyString.Append(buffer, CollectionUuid is { } uuid ? RawValue.Uuid(uuid) : RawValue.Null);
        if (!EventIdentifier.IsMissing)
        {
            KeyString.Append(buffer, EventIdentifier);
        }

        if (FragmentNumber is { } fragment)
        {
            KeyString.Append(buffer, fragment);
        }

        buffer.Write<byte>([KeyString.End]);
        return Convert.ToHexString(buffer.WrittenSpan);
    }

    /// <summary>The token as clients see it: with the types of its numbers and texts where they are not the plain ones.</summary>
    internal RawDocument ToDocument()
    {
        var types = new KeyStringTypeBits();
        foreach (var number in (ReadOnlySpan<int>)[Version, IsHighWaterMark ? 0 : EventType, TransactionOpIndex])
        {
            types.Append(number);
        }

        types.Append(EventIdentifier);
        types.Append(FragmentNumber is { } fragment ? fragment : RawValue.Missing);
        return new DocumentBuilder
        {
            { "_data", ToData() },
            { "_typeBits", types.IsEmpty ? default : RawValue.Binary(types.ToArray()) },
        }.Build();
    }
}
