using System.Security.Cryptography;
using System.Text;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>
/// Replaces values of fields by a keyed hash: HMAC-SHA-256 over type and bytes of the value, as 64 hexadecimal digits. Equal values stay
/// equal, so that what refers to each other still does; without the key nobody can try out which value it was. Arrays on the way are
/// walked through, and of an array each element is hashed; <c>null</c> and what is missing stay as they are.
/// </summary>
internal sealed class FieldHasher
{
    private readonly byte[] key;
    private readonly PathNode root = new();

    /// <exception cref="ScopeException">One field lies within another.</exception>
    internal FieldHasher(IEnumerable<string> fields, string key)
    {
        this.key = Encoding.UTF8.GetBytes(key);
        foreach (var field in fields)
        {
            var node = root;
            foreach (var part in field.Split('.'))
            {
                if (node.IsHashed)
                {
                    throw new ScopeException($"'{field}' lies within a field that is hashed itself");
                }

                node = node.Children.TryGetValue(part, out var known) ? known : node.Children[part] = new();
            }

            if (node.Children.Count > 0)
            {
                throw new ScopeException($"a field within '{field}' is hashed by itself");
            }

            node.IsHashed = true;
        }
    }

    /// <summary>The same documents with hashes in place of values; takes over the batch.</summary>
    internal DocumentBatch Rewrite(DocumentBatch batch)
    {
        using (batch)
        {
            var rewritten = new List<RawDocument>(batch.Count);
            foreach (var document in batch)
            {
                rewritten.Add(Rewrite(document, root));
            }

            return DocumentBatch.Of(rewritten);
        }
    }

    private RawDocument Rewrite(RawDocument document, PathNode node)
    {
        var builder = new DocumentBuilder(document.Length + 128);
        foreach (var element in document)
        {
            _ = node.Children.TryGetValue(element.Name, out var child)
                ? builder.Add(element.Name, Rewrite(element.Value, child))
                : builder.Add(element);
        }

        return builder.Build();
    }

    private RawValue Rewrite(RawValue value, PathNode node) =>
        value.Type switch
        {
            BsonType.Array => RawValue.Array([.. value.AsDocument.Values().Select(one => Rewrite(one, node))]),
            BsonType.Null or BsonType.Undefined => value,
            _ when node.IsHashed => Hash(value),
            BsonType.Document => Rewrite(value.AsDocument, node),
            _ => value,
        };

    private RawValue Hash(RawValue value)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData([(byte)value.Type]);
        hash.AppendData(value.Bytes.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A part of a path.</summary>
    private sealed class PathNode
    {
        internal Dictionary<string, PathNode> Children { get; } = new(StringComparer.Ordinal);

        internal bool IsHashed { get; set; }
    }
}
