using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>Entries in a shard's oplog that change no data there, but tell change streams what has become of a collection.</summary>
internal static class OplogNote
{
    /// <summary>An entry written.</summary>
    internal static readonly ShardTask WriteTask = ShardTask.Of("oplogNote", Write);

    /// <summary>Writes one; its first field names what was done.</summary>
    internal static async ValueTask WriteAsync(
        ShardServer shard,
        Namespace ns,
        Guid uuid,
        RawDocument description,
        CancellationToken cancellationToken
    ) =>
        _ = await shard
            .DoAsync(
                WriteTask,
                new()
                {
                    { "ns", ns.ToString() },
                    { "uuid", RawValue.Uuid(uuid) },
                    { "description", description },
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    private static DocumentBuilder Write(Member member, TaskInput input)
    {
        var description = input["description"].AsDocument;
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
            var draft = new OplogDraft("n", input.Namespace.ToString(), message.Build())
            {
                Uuid = input.Uuid,
                Object2 = description,
            };
            member.Node.Commit(new WriteUnit(), draft);
        }

        return [];
    }
}
