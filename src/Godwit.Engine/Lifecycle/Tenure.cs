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
    ClusterIdentity? SourceBefore
)
{
    internal const string CutoverAsked = "cutoverAsked";
    internal const string PauseAsked = "pauseAsked";
    private const int FencesAtOnce = 16;

    internal static async Task<Tenure> TakeAsync(
        IDestinationCluster destination,
        int slotCount,
        ClusterIdentity source,
        RetryPolicy retry,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var documents = await retry.RunAsync(
                token => destination.ReadReservedAsync(ReservedStore.Migration, token),
                cancellationToken
            );
            var before = documents.FirstOrDefault(one => one["_id"].AsString == ReservedStore.StateId);
            var isFirst = before.IsEmpty;
            var epoch = isFirst ? 1 : before["epoch"].AsInt64 + 1;
            var migration = isFirst ? Guid.NewGuid() : Guid.Parse(before["id"].AsString);
            var slots = Math.Max(slotCount, isFirst ? 0 : before["slots"].AsInt32);
            var startedAt = isFirst
                ? time.GetUtcNow()
                : DateTimeOffset.FromUnixTimeMilliseconds(before["startedAt"].AsDateTimeMilliseconds);
            var statement = Swap(before, isFirst, epoch, migration, slots, startedAt, source);
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
                isFirst ? null : ReadSource(before)
            );
            await tenure.FenceAsync(destination, retry, cancellationToken);
            return tenure;
        }
    }

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
        Guid migration,
        int slots,
        DateTimeOffset startedAt,
        ClusterIdentity source
    )
    {
        var query = new DocumentBuilder { { "_id", ReservedStore.StateId } };
        _ = query.Add("epoch", isFirst ? 0L : before["epoch"]);
        var fields = new DocumentBuilder
        {
            { "epoch", epoch },
            { "id", migration.ToString() },
            { "slots", slots },
            { "startedAt", RawValue.DateTime(startedAt) },
            { "sourceSet", source.ReplicaSetName },
            { "sourceIdentity", source.ReplicaSetId },
            { "sourceTerm", source.Term },
            // A wish for a pause was for the life that has ended.
            { PauseAsked, false },
        };
        return new DocumentBuilder
        {
            { "q", query },
            {
                "u",
                new DocumentBuilder { { "$set", fields } }
            },
            { "upsert", isFirst },
        }.Build();
    }

    private static ClusterIdentity ReadSource(RawDocument state) =>
        new(
            state["sourceSet"].AsString,
            state["sourceIdentity"].AsString,
            state["sourceTerm"].AsInt64,
            new(0, 0),
            ClusterTime.Zero
        );
}
