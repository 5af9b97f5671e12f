using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Text;

namespace Godwit.Bson;

/// <summary>
/// Writes a BSON document field by field. Works with collection initialisers:
/// <c>new DocumentBuilder { { "find", "orders" }, { "limit", 1 } }.Build()</c>. Absent values are left out.
/// </summary>
public sealed class DocumentBuilder : IEnumerable<RawElement>
{
    private readonly ArrayBufferWriter<byte> buffer;

    /// <summary>Starts an empty document.</summary>
    /// <param name="capacity">First size of the buffer, in bytes.</param>
    public DocumentBuilder(int capacity = 256)
    {
        buffer = new(Math.Max(capacity, 16));
        buffer.Write<byte>([0, 0, 0, 0]);
    }

    /// <summary>Bytes the document would have if built now.</summary>
    public int Length => buffer.WrittenCount + 1;

    /// <summary>Appends a field; an absent value appends nothing.</summary>
    public DocumentBuilder Add(string name, RawValue value)
    {
        if (!value.IsMissing)
        {
            Span<byte> small = stackalloc byte[128];
            var count = Encoding.UTF8.GetByteCount(name);
            var utf8 = count <= small.Length ? small[..count] : new byte[count];
            _ = Encoding.UTF8.GetBytes(name, utf8);
            Add(utf8, value);
        }

        return this;
    }

    /// <summary>Appends a field whose name is given as UTF-8.</summary>
    public DocumentBuilder Add(ReadOnlySpan<byte> utf8Name, RawValue value)
    {
        if (value.IsMissing)
        {
            return this;
        }

        var bytes = value.Bytes.Span;
        var span = buffer.GetSpan(utf8Name.Length + bytes.Length + 2);
        span[0] = (byte)value.Type;
        utf8Name.CopyTo(span[1..]);
        span[utf8Name.Length + 1] = 0;
        bytes.CopyTo(span[(utf8Name.Length + 2)..]);
        buffer.Advance(utf8Name.Length + bytes.Length + 2);
        return this;
    }

    /// <summary>Appends an element as it stands in another document.</summary>
    public DocumentBuilder Add(RawElement element)
    {
        buffer.Write(element.Bytes.Span);
        return this;
    }

    /// <summary>Appends all fields of another document.</summary>
    public DocumentBuilder AddAll(RawDocument document)
    {
        var bytes = document.Bytes.Span;
        buffer.Write(bytes[4..^1]);
        return this;
    }

    /// <summary>The document written so far. The builder can go on; documents already built do not change.</summary>
    public RawDocument Build()
    {
        var bytes = new byte[Length];
        buffer.WrittenSpan.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        return new(bytes);
    }

    /// <inheritdoc/>
    public IEnumerator<RawElement> GetEnumerator() => ((IEnumerable<RawElement>)Build()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
