using Godwit.Bson;
using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// One process's hold on a migration: an epoch taken by compare-and-swap, and every session of every earlier epoch fenced before
/// anything of theirs is read or repaired (S17, S18).
/// </summary>
internal sealed record Tenure(
    Guid MigrationId,
    WriteSlots Slots,
    DateTimeOffset StartedAt,
    int Resumptions,
    bool IsCutoverAskedFor,
    CommitJournal Journal,
    bool IsDestinationBlocked,
    ClusterIdentity? SourceBefore
)
{
    internal const string CutoverAsked = "cutoverAsked";
    internal const string PauseAsked = "pauseAsked";
    private const string HolderName = "holder";
    private const int FencesAtOnce = 64;

    /// <param name="destination">Where the epoch is kept.</param>
    /// <param name="slotCount">Write slots this life uses.</param>
    /// <param name="source">The source; <see langword="null"/> only to take up a migration that is recorded.</param>
    /// <param name="holder">Who takes it.</param>
    /// <param name="retry">Waits out faults.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    internal static async Task<Tenure> TakeAsync(
        IDestinationCluster destination,
        int slotCount,
        ClusterIdentity? source,
        Holder holder,
        RetryPolicy retry,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var before = await retry.RunAsync(
                token => ReservedStore.ReadStateAsync(destination, token),
                cancellationToken
            );
            if (holder.MustStillHold && before[HolderName] != holder.Id.ToString())
            {
                throw ReservedStore.TakenOver();
            }

            if (IsOfAnother(before, source))
            {
                await retry.RunAsync(destination.DropReservedAsync, cancellationToken);
                continue;
            }

            var isFirst = before.IsEmpty;
            var epoch = isFirst ? 1 : before["epoch"].AsInt64 + 1;
            var migration = isFirst ? Guid.NewGuid() : Guid.Parse(before["id"].AsString);
            var slots = Math.Max(slotCount, isFirst ? 0 : before["slots"].AsInt32);
            var startedAt = isFirst
                ? time.GetUtcNow()
                : DateTimeOffset.FromUnixTimeMilliseconds(before["startedAt"].AsDateTimeMilliseconds);
            var statement = Swap(before, isFirst, epoch, holder, migration, slots, startedAt, source);
            if (
                !await retry.RunAsync(
                    token => destination.SwapReservedAsync(ReservedStore.Migration, statement, token),
                    cancellationToken
                )
            )
            {
                continue;
            }

            var tenure = new Tenure(
                migration,
                new(migration, epoch, slots),
                startedAt,
                (int)epoch - 1,
                !isFirst && before[CutoverAsked].IsTruthy(),
                isFirst ? CommitJournal.Empty : CommitJournal.Parse(before["commit"]),
                !isFirst && before[DestinationBlock.Recorded].IsTruthy(),
                isFirst ? null : ReadSource(before)
            );
            await tenure.FenceAsync(destination, retry, cancellationToken);
            return tenure;
        }
    }

    /// <summary>A finished migration of another source: this one begins anew, beside what that one brought.</summary>
    private static bool IsOfAnother(RawDocument before, ClusterIdentity? source) =>
        !before.IsEmpty
        && source is not null
        && CommitJournal.Parse(before["commit"]).State == CommitState.Committed
        && before["sourceIdentity"].AsString != source.ReplicaSetId;

    /// <summary>Who the source is, as the next life holds it against what it finds (S20).</summary>
    internal static RawDocument Write(ClusterIdentity source) => Describe(source).Build();

    private async Task FenceAsync(
        IDestinationCluster destination,
        RetryPolicy retry,
        CancellationToken cancellationToken
    )
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = FencesAtOnce,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Slots.Count),
            options,
            async (slot, token) =>
                await retry.RunAsync(again => destination.FenceAsync(Slots.Fence(slot), again), token)
        );
    }

    private static RawDocument Swap(
        RawDocument before,
        bool isFirst,
        long epoch,
        Holder holder,
        Guid migration,
        int slots,
        DateTimeOffset startedAt,
        ClusterIdentity? source
    )
    {
        var query = new DocumentBuilder { { "_id", ReservedStore.StateId } };
        _ = query.Add("epoch", isFirst ? 0L : before["epoch"]);
        var fields = new DocumentBuilder
        {
            { "epoch", epoch },
            { HolderName, holder.Id.ToString() },
            { "id", migration.ToString() },
            { "slots", slots },
            { "startedAt", RawValue.DateTime(startedAt) },
            // A wish for a pause was for the life that has ended.
            { PauseAsked, false },
        };
        if (isFirst && source is not null)
        {
            // Later lives write it only once they know that the history is the same, or meant to be another (S20).
            _ = fields
                .AddAll(Describe(source).Build())
                .Add("commit", CommitJournal.Empty.ToDocument())
                .Add(ReservedStore.State, CommitJournal.Empty.State.ToString());
        }

        return new DocumentBuilder
        {
            { "q", query },
            {
                "u",
                new DocumentBuilder { { "$set", fields } }
            },
            { "upsert", isFirst && source is not null },
        }.Build();
    }

    private static DocumentBuilder Describe(ClusterIdentity source) =>
        new()
        {
            { "sourceSet", source.ReplicaSetName },
            { "sourceIdentity", source.ReplicaSetId },
            { "sourceTerm", source.Term },
            { "sourceShards", RawValue.Array(source.Shards.Select(one => RawValue.Document(Describe(one)))) },
        };

    private static RawDocument Describe(ShardHistory shard) =>
        new DocumentBuilder
        {
            { "name", shard.Name },
            { "set", shard.ReplicaSetId },
            { "term", shard.Term },
        }.Build();

    /// <summary>The source as a migration's document tells of it.</summary>
    internal static ClusterIdentity ReadSource(RawDocument state) =>
        new(
            state["sourceSet"].AsString,
            state["sourceIdentity"].AsString,
            state["sourceTerm"].AsInt64,
            new(0, 0),
            ClusterTime.Zero
        )
        {
            Shards = state["sourceShards"] is { Type: BsonType.Array } shards
                ?
                [
                    .. shards
                        .AsDocument.Values()
                        .Select(value => value.AsDocument)
                        .Select(one => new ShardHistory(
                            one["name"].AsString,
                            one["set"].AsString,
                            one["term"].AsInt64
                        )),
                ]
                : [],
        };
}
