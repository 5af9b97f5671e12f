using System.Text;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>The fields of a destination's shard key besides <c>_id</c> (S13).</summary>
internal sealed class ShardKeyPaths
{
    private static readonly ShardKeyPaths None = new([]);
    private readonly (string Text, byte[] Utf8)[] paths;

    private ShardKeyPaths(IEnumerable<string> paths) =>
        this.paths = [.. paths.Select(path => (path, Encoding.UTF8.GetBytes(path)))];

    /// <summary>Whether <c>_id</c> alone leads to a document's shard, or to all there is.</summary>
    internal bool IsEmpty => paths.Length == 0;

    /// <param name="wanted">The collection as it is to be on the destination.</param>
    internal static ShardKeyPaths Of(CollectionDescription wanted)
    {
        if (wanted.ShardKey is not { } key)
        {
            return None;
        }

        var names = new List<string>();
        foreach (var one in key.Pattern)
        {
            if (!one.NameIs("_id"u8))
            {
                names.Add(one.Name);
            }
        }

        return new(names);
    }

    /// <summary>Whether a change at a path changes the key, or may.</summary>
    internal bool AreTouchedAt(ReadOnlySpan<byte> path)
    {
        foreach (var (_, utf8) in paths)
        {
            var shorter = Math.Min(utf8.Length, path.Length);
            if (
                path[..shorter].SequenceEqual(utf8.AsSpan(0, shorter))
                && (path.Length == utf8.Length || (path.Length > shorter ? path : utf8)[shorter] == (byte)'.')
            )
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A filter for the document with this <c>_id</c> and the key that <paramref name="document"/> has.</summary>
    internal RawDocument FilterOf(RawValue id, RawDocument document)
    {
        var filter = new DocumentBuilder();
        AddEqual(filter, "_id", id);
        foreach (var (path, _) in paths)
        {
            // What is missing has the key of null.
            var value = ValueAt(document, path);
            AddEqual(filter, path, value.IsMissing ? RawValue.Null : value);
        }

        return filter.Build();
    }

    private static RawValue ValueAt(RawDocument document, string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        var value = document[dot < 0 ? path : path[..dot]];
        return dot < 0 ? value
            : value.Type == BsonType.Document ? ValueAt(value.AsDocument, path[(dot + 1)..])
            : RawValue.Missing;
    }

    private static void AddEqual(DocumentBuilder filter, string path, RawValue value) =>
        filter.Add(path, new DocumentBuilder { { "$eq", value } });
}
