using System.Buffers.Binary;
using System.Buffers.Text;
using Godwit.Bson;

namespace Godwit.Bench.NullServers;

/// <summary>A change event as a server sends it, with the places that differ from one event to the next.</summary>
internal sealed class EventTemplate
{
    private const long IdMark = 0x5A5B5C5D5E5F5051;
    private const string TimeMark = "5152535455565758";
    private static readonly ClusterTime Time = ClusterTime.FromPacked(0x5152535455565758);

    /// <summary>What follows the time in a token of an event: more key string, as long as a server's.</summary>
    private static readonly string TokenRest = string.Concat(Enumerable.Repeat("2B042C0100296E5A1004", 8));
    private readonly int tokenOffset;
    private readonly int timeOffset;
    private readonly int[] idOffsets;

    private EventTemplate(DocumentBuilder fields, int statements)
    {
        Bytes = fields.Build().Bytes.ToArray();
        Statements = statements;
        tokenOffset = Bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(TimeMark));
        timeOffset = Bytes.AsSpan().IndexOf(RawValue.Timestamp(Time).Bytes.Span);
        idOffsets = [.. Occurrences(Bytes, RawValue.Int64(IdMark).Bytes.Span)];
    }

    public byte[] Bytes { get; }

    /// <summary>Update, insert or delete statements that carry it out.</summary>
    public int Statements { get; }

    public static EventTemplate Insert(SyntheticCollection collection) =>
        new(Start("insert", collection, collection.Document(IdMark)), 1);

    public static EventTemplate Replace(SyntheticCollection collection) =>
        new(Start("replace", collection, collection.Document(IdMark)), 1);

    public static EventTemplate Delete(SyntheticCollection collection) => new(Start("delete", collection), 1);

    /// <summary>Fields changed in their places.</summary>
    public static EventTemplate Change(SyntheticCollection collection, bool isRaw) =>
        new(Update(collection, isRaw, "u", new() { { "number", 7 }, { "price", 3.5 } }), 1);

    /// <summary>A field that is new: what carries it out first removes and then appends it.</summary>
    public static EventTemplate Append(SyntheticCollection collection, bool isRaw) =>
        new(Update(collection, isRaw, "i", new() { { "seen", RawValue.DateTime(1_700_000_000_000) } }), 2);

    /// <summary>A change no update statement can express: the document has to be read again.</summary>
    public static EventTemplate Doubtful(SyntheticCollection collection, bool isRaw) =>
        new(Update(collection, isRaw, "u", new() { { "a.b", 7 } }), 1);

    public void Write(Span<byte> target, ClusterTime time, long id)
    {
        Bytes.CopyTo(target);
        Patch(target, time, id);
    }

    /// <summary>Turns an event of this template that stands there into another one.</summary>
    public void Patch(Span<byte> target, ClusterTime time, long id)
    {
        _ = Utf8Formatter.TryFormat(time.Packed, target[tokenOffset..], out _, new('X', 16));
        BinaryPrimitives.WriteUInt64LittleEndian(target[timeOffset..], time.Packed);
        foreach (var offset in idOffsets)
        {
            BinaryPrimitives.WriteInt64LittleEndian(target[offset..], id);
        }
    }

    private static DocumentBuilder Update(
        SyntheticCollection collection,
        bool isRaw,
        string kind,
        DocumentBuilder fields
    )
    {
        if (!isRaw)
        {
            var description = new DocumentBuilder
            {
                { "updatedFields", fields },
                { "removedFields", RawValue.Array([]) },
                { "truncatedArrays", RawValue.Array([]) },
                { "disambiguatedPaths", RawDocument.Empty },
            };
            return Start("update", collection).Add("updateDescription", description);
        }

        var diff = new DocumentBuilder { { kind, fields } };
        return Start("update", collection)
            .Add("rawUpdateDescription", new DocumentBuilder { { "$v", 2 }, { "diff", diff } });
    }

    private static DocumentBuilder Start(
        string operation,
        SyntheticCollection collection,
        RawDocument? fullDocument = null
    )
    {
        var name = new DocumentBuilder { { "db", collection.Name.Database }, { "coll", collection.Name.Collection } };
        var head = new DocumentBuilder
        {
            {
                "_id",
                new DocumentBuilder { { "_data", "82" + TimeMark + TokenRest } }
            },
            { "operationType", operation },
            { "clusterTime", Time },
            { "collectionUUID", RawValue.Uuid(collection.Uuid) },
            { "wallTime", RawValue.DateTime(1_700_000_000_000) },
        };
        if (fullDocument is { } document)
        {
            head.Add("fullDocument", document);
        }

        return head.Add("ns", name).Add("documentKey", new DocumentBuilder { { "_id", IdMark } });
    }

    private static List<int> Occurrences(byte[] bytes, ReadOnlySpan<byte> wanted)
    {
        var found = new List<int>();
        for (var at = 0; bytes.AsSpan(at).IndexOf(wanted) is >= 0 and var next; at = found[^1] + wanted.Length)
        {
            found.Add(at + next);
        }

        return found;
    }
}
