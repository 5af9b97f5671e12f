using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>Reads a whole collection of a shard, a part at a time: nobody writes to it meanwhile.</summary>
internal static class WholeCollection
{
    private const int CountMax = 1000;
    private const int BytesMax = 8 * 1024 * 1024;

    /// <summary>The documents behind a record.</summary>
    internal static readonly ShardTask PartTask = ShardTask.Of("scan", Part);

    /// <summary>Reads it.</summary>
    internal static async ValueTask<List<RawDocument>> ReadAsync(
        ShardServer shard,
        Guid collection,
        CancellationToken cancellationToken
    )
    {
        var all = new List<RawDocument>();
        RawValue next = default;
        do
        {
            var part = await shard
                .DoAsync(
                    PartTask,
                    new() { { "uuid", RawValue.Uuid(collection) }, { "after", next } },
                    cancellationToken
                )
                .ConfigureAwait(false);
            all.AddRange(part["documents"].AsDocument.Values().Select(document => document.AsDocument));
            next = part["next"];
        } while (!next.IsMissing);

        return all;
    }

    private static DocumentBuilder Part(Member member, TaskInput input)
    {
        using var view = member.Node.View();
        var documents = new ArrayBuilder();
        if (view.Catalog.Find(input.Uuid) is not { } collection)
        {
            return new() { { "documents", documents.Build() } };
        }

        byte[]? after = input["after"] is { Type: BsonType.Binary } key ? key.BinaryData.ToArray() : null;
        RawValue next = default;
        var (count, bytes) = (0, 0);
        foreach (var record in new CollectionReader(view, collection).Scan(after: after))
        {
            documents.Add(record.Document);
            bytes += record.Document.Length;
            if (++count == CountMax || bytes > BytesMax)
            {
                next = RawValue.Binary(record.Key);
                break;
            }
        }

        return new() { { "documents", documents.Build() }, { "next", next } };
    }
}
