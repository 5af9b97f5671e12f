using System.Buffers;
using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>The fields of an update operator as they gather: elements one behind the other, in a buffer that is used again.</summary>
internal sealed class FieldList
{
    private readonly ArrayBufferWriter<byte> elements = new(128);

    internal bool IsEmpty => elements.WrittenCount == 0;

    internal ReadOnlySpan<byte> Elements => elements.WrittenSpan;

    internal void Clear() => elements.ResetWrittenCount();

    /// <summary>Appends a field under a path; the value as its type and bytes.</summary>
    internal void Add(ReadOnlySpan<byte> path, BsonType type, ReadOnlySpan<byte> value)
    {
        var span = elements.GetSpan(path.Length + value.Length + 2);
        span[0] = (byte)type;
        path.CopyTo(span[1..]);
        span[path.Length + 1] = 0;
        value.CopyTo(span[(path.Length + 2)..]);
        elements.Advance(path.Length + value.Length + 2);
    }
}
