using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>The notes that a cluster keeps on a shard, in its <c>config</c> database.</summary>
internal static class StoredDocuments
{
    /// <summary>Puts a document in the place of the one with its <c>_id</c>, or adds it; a majority has it then.</summary>
    internal static readonly ShardTask PutTask = ShardTask.Awaited("put", PutAsync, waitsForMajority: true);

    /// <summary>Removes the document of an <c>_id</c>.</summary>
    internal static readonly ShardTask RemoveTask = ShardTask.Awaited("remove", RemoveAsync);

    /// <summary>The same, and a majority knows it then.</summary>
    internal static readonly ShardTask RemoveForGoodTask = ShardTask.Awaited(
        "removeForGood",
        RemoveAsync,
        waitsForMajority: true
    );

    /// <summary>All documents of a collection.</summary>
    internal static readonly ShardTask ReadTask = ShardTask.Of("read", Read);

    /// <summary>Puts a document.</summary>
    internal static async ValueTask PutAsync(
        ShardServer shard,
        Namespace ns,
        RawDocument document,
        CancellationToken cancellationToken
    ) =>
        _ = await shard
            .DoAsync(PutTask, new() { { "ns", ns.ToString() } }, cancellationToken, [document])
            .ConfigureAwait(false);

    /// <summary>Removes a document.</summary>
    internal static async ValueTask RemoveAsync(
        ShardServer shard,
        Namespace ns,
        RawValue id,
        bool isForGood,
        CancellationToken cancellationToken
    ) =>
        _ = await shard
            .DoAsync(
                isForGood ? RemoveForGoodTask : RemoveTask,
                new() { { "ns", ns.ToString() }, { "id", id } },
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Reads a collection.</summary>
    internal static async ValueTask<IReadOnlyList<RawDocument>> ReadAsync(
        ShardServer shard,
        Namespace ns,
        CancellationToken cancellationToken
    )
    {
        var found = await shard
            .DoAsync(ReadTask, new() { { "ns", ns.ToString() } }, cancellationToken)
            .ConfigureAwait(false);
        return [.. found["documents"].AsDocument.Values().Select(document => document.AsDocument)];
    }

    /// <summary>Those of a collection in a member's own data.</summary>
    internal static List<RawDocument> Of(Node node, Namespace ns)
    {
        using var view = node.View();
        return view.Catalog.Find(ns) is { } collection
            ? [.. new CollectionReader(view, collection).Scan().Select(record => record.Document)]
            : [];
    }

    private static async ValueTask<DocumentBuilder> PutAsync(Member member, TaskInput input, CancellationToken token)
    {
        await member.Writes.PutAsync(input.Namespace, input.Documents[0], token).ConfigureAwait(false);
        return [];
    }

    private static async ValueTask<DocumentBuilder> RemoveAsync(Member member, TaskInput input, CancellationToken token)
    {
        _ = await member
            .Writes.DeleteAsync(input.Namespace, new() { { "_id", input["id"] } }, token)
            .ConfigureAwait(false);
        return [];
    }

    private static DocumentBuilder Read(Member member, TaskInput input) =>
        new() { { "documents", RawValue.Array(Of(member.Node, input.Namespace).Select(RawValue.Document)) } };
}
