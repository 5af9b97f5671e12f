using System.Buffers;
using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Writes statements one behind the other into one buffer, each from where its bytes lie: nothing is built for a single one. The
/// lengths of nested documents are computed before they are written.
/// </summary>
internal sealed class StatementWriter
{
    private const int Frame = sizeof(int) + 1;
    private static readonly byte[] LimitOne = [(byte)BsonType.Int32, .. "limit\0"u8, 1, 0, 0, 0];
    private static readonly byte[] Upsert = [(byte)BsonType.Boolean, .. "upsert\0"u8, 1];
    private const int BytesKept = 8 * 1024 * 1024;
    private ArrayBufferWriter<byte> buffer = new();

    internal int Count { get; private set; }

    internal int Length => buffer.WrittenCount;

    /// <summary>Adds a document to insert.</summary>
    internal void Add(RawDocument document)
    {
        buffer.Write(document.Bytes.Span);
        Count++;
    }

    /// <summary>Adds <c>{q: {_id: …}, u: {operator: {elements}}}</c>.</summary>
    internal void AddOperator(RawValue id, ReadOnlySpan<byte> operatorName, ReadOnlySpan<byte> elements)
    {
        var query = QueryLength(id);
        var fields = Frame + elements.Length;
        var update = Frame + operatorName.Length + 2 + fields;
        WriteLength(Frame + 3 + query + 3 + update);
        WriteQuery(id, query);
        buffer.Write<byte>([(byte)BsonType.Document, (byte)'u', 0]);
        WriteLength(update);
        WriteName(BsonType.Document, operatorName);
        buffer.Write<byte>([0]);
        WriteLength(fields);
        buffer.Write(elements);
        buffer.Write<byte>([0, 0]);
        End();
    }

    /// <summary>Adds <c>{q: {_id: …}, u: update[, upsert: true]}</c>; the update is a replacement or operators.</summary>
    internal void AddUpdate(RawValue id, RawDocument update, bool upsert)
    {
        var query = QueryLength(id);
        WriteLength(Frame + 3 + query + 3 + update.Length + (upsert ? Upsert.Length : 0));
        WriteQuery(id, query);
        buffer.Write<byte>([(byte)BsonType.Document, (byte)'u', 0]);
        buffer.Write(update.Bytes.Span);
        buffer.Write<byte>(upsert ? Upsert : []);
        End();
    }

    /// <summary>Adds <c>{q: filter, u: replacement}</c>.</summary>
    internal void AddUpdate(RawDocument filter, RawDocument update)
    {
        WriteLength(Frame + 3 + filter.Length + 3 + update.Length);
        buffer.Write<byte>([(byte)BsonType.Document, (byte)'q', 0]);
        buffer.Write(filter.Bytes.Span);
        buffer.Write<byte>([(byte)BsonType.Document, (byte)'u', 0]);
        buffer.Write(update.Bytes.Span);
        End();
    }

    /// <summary>Adds <c>{q: {_id: …}, limit: 1}</c>.</summary>
    internal void AddDelete(RawValue id)
    {
        var query = QueryLength(id);
        WriteLength(Frame + 3 + query + LimitOne.Length);
        WriteQuery(id, query);
        buffer.Write(LimitOne);
        End();
    }

    /// <summary>One statement that deletes one document.</summary>
    internal static DocumentBatch DeleteOf(RawValue id)
    {
        var one = new StatementWriter();
        one.AddDelete(id);
        return one.ToBatch();
    }

    /// <summary>The statements; the bytes are valid until the next one is added.</summary>
    internal DocumentBatch ToBatch() => new(buffer.WrittenMemory, Count);

    /// <summary>Begins anew in the same buffer, unless a few large documents have made it larger than most need.</summary>
    internal void Clear()
    {
        if (buffer.Capacity > BytesKept)
        {
            buffer = new();
        }

        buffer.ResetWrittenCount();
        Count = 0;
    }

    private static int QueryLength(RawValue id) => IdLength(id) + (NeedsEq(id) ? Frame + 5 : 0);

    /// <summary>Length of a document of one field with a name of three bytes, as <c>_id</c> and <c>$eq</c> are.</summary>
    private static int IdLength(RawValue id) => Frame + 5 + id.Bytes.Length;

    /// <summary>A document whose first field begins with $ would be read as operators.</summary>
    private static bool NeedsEq(RawValue id) => id.Type == BsonType.Document;

    private void WriteQuery(RawValue id, int length)
    {
        buffer.Write<byte>([(byte)BsonType.Document, (byte)'q', 0]);
        WriteLength(length);
        if (NeedsEq(id))
        {
            WriteName(BsonType.Document, "_id\0"u8);
            WriteLength(IdLength(id));
            WriteName(id.Type, "$eq\0"u8);
            buffer.Write(id.Bytes.Span);
            buffer.Write<byte>([0]);
        }
        else
        {
            WriteName(id.Type, "_id\0"u8);
            buffer.Write(id.Bytes.Span);
        }

        buffer.Write<byte>([0]);
    }

    private void WriteName(BsonType type, ReadOnlySpan<byte> name)
    {
        buffer.Write<byte>([(byte)type]);
        buffer.Write(name);
    }

    private void WriteLength(int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), length);
        buffer.Advance(sizeof(int));
    }

    private void End()
    {
        buffer.Write<byte>([0]);
        Count++;
    }
}
