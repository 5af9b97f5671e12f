using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>How much a shard holds of a collection, whoever owns it.</summary>
internal static class SizeOf
{
    /// <summary>The size of a collection.</summary>
    internal static readonly ShardTask SizeTask = ShardTask.Of(
        "sizeOf",
        (member, input) =>
        {
            var size = member.Node.Catalog.Latest.Find(input.Uuid) is { } found
                ? member.Node.Sizes[found.Ident]
                : default;
            return new() { { "records", size.Records }, { "bytes", size.Bytes } };
        }
    );

    /// <summary>Asks a shard.</summary>
    internal static async ValueTask<(long Records, long Bytes)> AskAsync(
        ShardServer shard,
        Guid collection,
        CancellationToken cancellationToken
    )
    {
        var size = await shard
            .DoAsync(SizeTask, new() { { "uuid", RawValue.Uuid(collection) } }, cancellationToken)
            .ConfigureAwait(false);
        return (size["records"].AsInt64, size["bytes"].AsInt64);
    }
}
