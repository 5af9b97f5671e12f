using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>A shard key: its fields, all ascending, one of them perhaps hashed. Makes keys of documents and compares them.</summary>
internal sealed class ShardKeyPattern
{
    private readonly string[] paths;
    private readonly bool[] areHashed;

    internal ShardKeyPattern(RawDocument source)
    {
        Source = source;
        paths = [.. source.Select(element => element.Name)];
        areHashed = [.. source.Select(element => element.Value.Type == BsonType.String)];
        Minimum = Bound(RawValue.MinKey);
        Maximum = Bound(RawValue.MaxKey);
    }

    /// <summary>The pattern as it was given.</summary>
    internal RawDocument Source { get; }

    /// <summary>The paths of its fields.</summary>
    internal IReadOnlyList<string> Paths => paths;

    /// <summary>Whether one of the fields is hashed.</summary>
    internal bool IsHashed => areHashed.Contains(true);

    /// <summary>Whether it is <c>_id</c>, hashed or not, and nothing else.</summary>
    internal bool IsIdAlone => paths is ["_id"];

    /// <summary>The lower bound of the first chunk.</summary>
    internal RawDocument Minimum { get; }

    /// <summary>The upper bound of the last chunk.</summary>
    internal RawDocument Maximum { get; }

    /// <summary>Reads a pattern, refusing what MongoDB refuses.</summary>
    internal static ShardKeyPattern Parse(RawDocument source)
    {
        if (source.IsEmpty)
        {
            throw new CommandException(ErrorCode.BadValue, "Shard key is empty");
        }

        var hashed = 0;
        foreach (var element in source)
        {
            CheckPath(source, element.Name);
            var isHashed = element.Value is { Type: BsonType.String } text && text.AsString == "hashed";
            hashed += isHashed ? 1 : 0;
            if (!isHashed && !(element.Value.IsNumber && element.Value.ToInt64() == 1))
            {
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"Shard key {source}numerical fields must be set to a value of 1 (ascending). Failed to parse field {element.Name}"
                );
            }
        }

        return hashed > 1
            ? throw new CommandException(
                ErrorCode.BadValue,
                $"Shard key {source} can contain at most one 'hashed' field, and/or multiple numerical fields set to a value of 1"
            )
            : new(source);
    }

    /// <summary>The key of a document; a missing field counts as null.</summary>
    /// <exception cref="CommandException">A field is, or goes through, an array.</exception>
    internal RawDocument KeyOf(RawDocument document) =>
        TryKeyOf(document)
        ?? throw new CommandException(
            ErrorCode.ShardKeyNotFound,
            "Shard key cannot contain array values or array descendants."
        );

    /// <summary>The key of a document; <see langword="null"/> where a field is, or goes through, an array.</summary>
    internal RawDocument? TryKeyOf(RawDocument document)
    {
        var key = new DocumentBuilder(64);
        for (var i = 0; i < paths.Length; i++)
        {
            if (!TryRead(document, paths[i], out var value))
            {
                return null;
            }

            value = value.IsMissing ? RawValue.Null : value;
            key.Add(paths[i], areHashed[i] ? HashedKey.Compute(value) : value);
        }

        return key.Build();
    }

    /// <summary>The key string of a key, which orders keys as their values are ordered.</summary>
    internal byte[] Encode(RawDocument key)
    {
        var buffer = new ArrayBufferWriter<byte>(32);
        foreach (var path in paths)
        {
            KeyString.Append(buffer, key[path]);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Whether a document has exactly the pattern's fields, as bounds of chunks must.</summary>
    internal bool Fits(RawDocument key) =>
        key.Select(element => element.Name).SequenceEqual(paths, StringComparer.Ordinal);

    /// <summary>A bound given with the first fields only, filled with the lowest value.</summary>
    internal RawDocument Fill(RawDocument bound)
    {
        var filled = new DocumentBuilder(64);
        var isMaximum = bound.All(element => element.Value.Type == BsonType.MaxKey);
        foreach (var path in paths)
        {
            var value = bound[path];
            filled.Add(path, value.IsMissing ? (isMaximum ? RawValue.MaxKey : RawValue.MinKey) : value);
        }

        return filled.Build();
    }

    /// <summary>What identifies a document in the oplog: the fields of the key it has, then <c>_id</c>.</summary>
    internal RawDocument DocumentKey(RawDocument document)
    {
        var key = new DocumentBuilder(64);
        var hasId = false;
        foreach (var path in paths)
        {
            if (TryRead(document, path, out var value) && !value.IsMissing)
            {
                key.Add(path, value);
                hasId |= path == "_id";
            }
        }

        return (hasId ? key : key.Add("_id", document["_id"])).Build();
    }

    /// <summary>Whether another pattern begins with the fields of this one.</summary>
    internal bool IsPrefixOf(RawDocument other) => other.Take(paths.Length).SequenceEqual(Source);

    /// <summary>Whether two versions of a document have the same values in all fields of the key.</summary>
    internal bool AreSame(RawDocument before, RawDocument after) =>
        paths.All(path =>
            TryRead(before, path, out var old)
            && TryRead(after, path, out var now)
            && old.IsMissing == now.IsMissing
            && (old.IsMissing || ValueComparer.Compare(old, now) == 0)
        );

    private static void CheckPath(RawDocument source, string path)
    {
        if (path.Split('.').Any(part => part.Length == 0 || part.StartsWith('$')))
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"Shard key {source} contains an empty or invalid path: {path}"
            );
        }
    }

    private static bool TryRead(RawDocument document, string path, out RawValue value)
    {
        value = document;
        foreach (var part in path.Split('.'))
        {
            if (value.Type == BsonType.Array)
            {
                return false;
            }

            value = value.Type == BsonType.Document ? value.AsDocument[part] : RawValue.Missing;
        }

        return value.Type != BsonType.Array;
    }

    private RawDocument Bound(RawValue value) =>
        paths.Aggregate(new DocumentBuilder(64), (bound, path) => bound.Add(path, value)).Build();
}
