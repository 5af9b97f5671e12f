using Godwit.Bson;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What a two-phase commit has written down on its first shard, in <c>config.transaction_coordinators</c>: who takes part, and from the
/// decision on what was decided (transaction_coordinator_document.idl). It outlives the process that coordinates.
/// </summary>
/// <param name="Session">The session of the transaction.</param>
/// <param name="Number">Its number.</param>
/// <param name="Participants">The shards that were written to, the coordinator first.</param>
/// <param name="CommitTime">The time from which its data are seen, once that is decided.</param>
internal sealed record CoordinatorRecord(
    LogicalSessionId Session,
    long Number,
    IReadOnlyList<string> Participants,
    ClusterTime? CommitTime
)
{
    private static readonly Namespace Collection = new("config", "transaction_coordinators");

    private RawDocument Id => new DocumentBuilder { { "lsid", Session.ToDocument() }, { "txnNumber", Number } }.Build();

    /// <summary>Writes it, and waits until a majority has it.</summary>
    internal ValueTask StoreAsync(ShardedCluster cluster, CancellationToken cancellationToken) =>
        StoredDocuments.PutAsync(cluster.Shard(Participants[0]), Collection, ToDocument(), cancellationToken);

    /// <summary>Removes it: every shard has done what was decided.</summary>
    internal ValueTask RemoveAsync(ShardedCluster cluster, CancellationToken cancellationToken) =>
        StoredDocuments.RemoveAsync(
            cluster.Shard(Participants[0]),
            Collection,
            Id,
            isForGood: false,
            cancellationToken
        );

    /// <summary>Those that a shard has.</summary>
    internal static async ValueTask<IReadOnlyList<CoordinatorRecord>> ReadAsync(
        ShardServer shard,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await StoredDocuments.ReadAsync(shard, Collection, cancellationToken).ConfigureAwait(false)).Select(
                FromDocument
            ),
        ];

    private RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "_id", Id },
            { "participants", RawValue.Array(Participants.Select(RawValue.String)) },
            {
                "decision",
                CommitTime is { } time
                    ? new DocumentBuilder { { "decision", "commit" }, { "commitTimestamp", time } }
                    : RawValue.Missing
            },
        }.Build();

    private static CoordinatorRecord FromDocument(RawDocument document)
    {
        var id = document["_id"].AsDocument;
        return new(
            LogicalSessionId.Parse(id["lsid"].AsDocument),
            id["txnNumber"].AsInt64,
            [.. document["participants"].AsDocument.Values().Select(name => name.AsString)],
            document["decision"] is { Type: BsonType.Document } decision
                ? decision.AsDocument["commitTimestamp"].AsTimestamp
                : null
        );
    }
}
