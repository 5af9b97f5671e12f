using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>Entries in a shard's oplog that change no data there, but tell change streams what has become of a collection.</summary>
internal static class OplogNote
{
    /// <summary>Writes one; its first field names what was done.</summary>
    internal static async ValueTask WriteAsync(
        ShardServer shard,
        Namespace ns,
        Guid uuid,
        RawDocument description,
        CancellationToken cancellationToken
    ) =>
        await shard
            .OnPrimaryAsync(
                (member, _) =>
                {
                    lock (member.Node.WriteLock)
                    {
                        member.CheckAcceptsWrites();
                        var first = description.First();
                        var message = new DocumentBuilder
                        {
                            {
                                "msg",
                                new DocumentBuilder { { first.Name, first.Value } }
                            },
                        };
                        var draft = new OplogDraft("n", ns.ToString(), message.Build())
                        {
                            Uuid = uuid,
                            Object2 = description,
                        };
                        member.Node.Commit(new WriteUnit(), draft);
                    }

                    return ValueTask.FromResult(true);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
}
