using System.Buffers;
using Godwit.Bson;

namespace Godwit.Engine.Planning;

/// <summary>Encodes one key after another into the same buffer: for whoever looks at a key and keeps nothing of it.</summary>
internal sealed class KeyScratch
{
    private readonly ArrayBufferWriter<byte> buffer = new(64);

    /// <summary>The key string encoded last; empty before the first.</summary>
    internal ReadOnlySpan<byte> Last => buffer.WrittenSpan;

    /// <summary>The key string of an <c>_id</c>; valid until the next one is encoded.</summary>
    internal ReadOnlySpan<byte> Encode(RawValue id)
    {
        buffer.ResetWrittenCount();
        KeyString.Append(buffer, id);
        buffer.Write([KeyString.End]);
        return buffer.WrittenSpan;
    }
}
