using System.Buffers;
using Godwit.Bson;

namespace Godwit.Sandbox.Indexes;

/// <summary>Keys of a wildcard index: for each value in reach the path to it, then the value, with the other parts around them.</summary>
internal sealed class WildcardKeys
{
    private readonly int wildcardPart;
    private readonly string root;
    private readonly List<string> named;
    private readonly bool isExclusion;

    private WildcardKeys(int wildcardPart, string root, List<string> named, bool isExclusion)
    {
        this.wildcardPart = wildcardPart;
        this.root = root;
        this.named = named;
        this.isExclusion = isExclusion;
    }

    /// <summary>The wildcard part of an index; <see langword="null"/> if it has none.</summary>
    internal static WildcardKeys? Of(RawDocument specification)
    {
        var names = specification["key"].AsDocument.Select(element => element.Name).ToList();
        var part = names.FindIndex(name => name == "$**" || name.EndsWith(".$**", StringComparison.Ordinal));
        if (part < 0)
        {
            return null;
        }

        var projection = specification["wildcardProjection"] is { Type: BsonType.Document } given
            ? given.AsDocument.Where(element => !element.NameIs("_id")).ToList()
            : [];
        var named = projection.Select(element => element.Name).ToList();
        var isExclusion = projection.Count == 0 || !projection[0].Value.IsTruthy();
        var includesId =
            specification["wildcardProjection"] is { Type: BsonType.Document } all && all.AsDocument["_id"].IsTruthy();
        if (isExclusion != includesId)
        {
            // Without a word about it _id is left out, whichever way the other fields are named.
            named.Add("_id");
        }

        return new(part, names[part] == "$**" ? "" : names[part][..^4], named, isExclusion);
    }

    internal List<byte[]> Generate(RawDocument document, IndexKeys index, out bool isMultikey)
    {
        var found = new List<(string Path, RawValue Value)>();
        isMultikey = Collect(document, "", found);
        var keys = new List<byte[]>();
        foreach (var (path, value) in found)
        {
            var buffer = new ArrayBufferWriter<byte>(32);
            for (var i = 0; i < index.Parts.Count; i++)
            {
                if (i == wildcardPart)
                {
                    KeyString.Append(buffer, path, index.Parts[i].IsDescending);
                    index.Append(buffer, index.Parts[i], value);
                }
                else
                {
                    index.Append(buffer, index.Parts[i], document[index.Parts[i].Path.Part(0)]);
                }
            }

            buffer.Write([KeyString.End]);
            keys.Add(buffer.WrittenSpan.ToArray());
        }

        return keys;
    }

    private bool Collect(RawDocument document, string prefix, List<(string Path, RawValue Value)> found)
    {
        var hasArray = false;
        foreach (var element in document)
        {
            var path = prefix + element.Name;
            if (!IsInReach(path))
            {
                continue;
            }

            hasArray |= CollectValue(path, element.Value, found);
        }

        return hasArray;
    }

    private bool CollectValue(string path, RawValue value, List<(string Path, RawValue Value)> found)
    {
        if (value.Type == BsonType.Document && !value.AsDocument.IsEmpty)
        {
            return Collect(value.AsDocument, path + ".", found);
        }

        if (value.Type != BsonType.Array)
        {
            Add(path, value, found);
            return false;
        }

        if (value.AsDocument.IsEmpty)
        {
            Add(path, RawValue.Undefined, found);
        }

        foreach (var element in value.AsDocument)
        {
            if (element.Type == BsonType.Document && !element.Value.AsDocument.IsEmpty)
            {
                _ = Collect(element.Value.AsDocument, path + ".", found);
            }
            else
            {
                Add(path, element.Value, found);
            }
        }

        return true;
    }

    private void Add(string path, RawValue value, List<(string Path, RawValue Value)> found)
    {
        if (root.Length == 0 || IsWithin(path, root))
        {
            found.Add((path, value));
        }
    }

    /// <summary>Whether values at or below a path may be indexed.</summary>
    private bool IsInReach(string path)
    {
        if (root.Length > 0)
        {
            return IsWithin(path, root) || IsWithin(root, path);
        }

        return isExclusion
            ? !named.Exists(name => IsWithin(path, name))
            : named.Exists(name => IsWithin(path, name) || IsWithin(name, path));
    }

    private static bool IsWithin(string path, string outer) =>
        path.StartsWith(outer, StringComparison.Ordinal) && (path.Length == outer.Length || path[outer.Length] == '.');
}
