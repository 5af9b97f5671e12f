using System.Buffers.Binary;
using Godwit.Bson;

namespace Godwit.Bench.NullServers;

/// <summary>A collection whose documents are computed when they are read: the same on both sides, whoever asks.</summary>
internal sealed class SyntheticCollection
{
    /// <summary>Where the value of <c>_id</c>, the first field, stands in a document.</summary>
    private const int IdOffset = 9;

    private readonly byte[] template;

    public SyntheticCollection(Namespace name, long documents, int documentBytes)
    {
        Name = name;
        Documents = documents;
        template = MakeTemplate(documentBytes);
    }

    public Namespace Name { get; }

    public Guid Uuid { get; } = Guid.NewGuid();

    /// <summary>Number of documents; their <c>_id</c>s are the 64-bit integers from 0.</summary>
    public long Documents { get; }

    public int DocumentBytes => template.Length;

    public long Bytes => Documents * DocumentBytes;

    public void Write(Span<byte> target, long id)
    {
        template.CopyTo(target);
        PatchId(target, id);
    }

    /// <summary>Turns a document that stands there into another one.</summary>
    public static void PatchId(Span<byte> document, long id) =>
        BinaryPrimitives.WriteInt64LittleEndian(document[IdOffset..], id);

    public RawDocument Document(long id)
    {
        var bytes = new byte[template.Length];
        Write(bytes, id);
        return new(bytes);
    }

    private static byte[] MakeTemplate(int length)
    {
        var document = new DocumentBuilder
        {
            { "_id", 0L },
            { "number", 42 },
            { "price", 19.95 },
        };
        const int fieldBytes = 1 + 5 + 4 + 1;
        var text = new string('x', length - document.Length - fieldBytes);
        return document.Add("text", text).Build().Bytes.ToArray();
    }
}
