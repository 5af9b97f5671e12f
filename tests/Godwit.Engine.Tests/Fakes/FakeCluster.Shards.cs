using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>What its shards have: fences, chunks, and backups that they are restored from.</summary>
internal sealed partial class FakeCluster
{
    private readonly Dictionary<(Guid Session, string Shard), long> fences = [];
    private readonly Dictionary<Guid, int> moves = [];

    public Task FenceAsync(WriteTicket ticket, CancellationToken cancellationToken)
    {
        faults.Step();
        lock (gate)
        {
            CheckNumber(ticket);
            sessions[ticket.Session] = (ticket.TransactionNumber, null);
            foreach (var shard in ShardNames)
            {
                fences[(ticket.Session, shard)] = ticket.TransactionNumber;
            }

            _ = Tick();
        }

        return Task.CompletedTask;
    }

    public Task<long> ReadFenceAsync(Guid session, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(ShardNames.Min(shard => fences.GetValueOrDefault((session, shard))));
        }
    }

    public Task<IReadOnlyList<string>> ReadPlacementsAsync(
        IReadOnlyList<CollectionAddress> collections,
        CancellationToken cancellationToken
    )
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<string>>([
                .. collections.Select(one => $"{one.Uuid:N} {moves.GetValueOrDefault(one.Uuid)}"),
            ]);
        }
    }

    /// <summary>A chunk of a collection moves from one shard to another.</summary>
    internal void MoveChunk(string collection)
    {
        lock (gate)
        {
            var uuid = State.Catalogue[Namespace.Parse(collection)].Uuid;
            moves[uuid] = moves.GetValueOrDefault(uuid) + 1;
        }
    }

    /// <summary>
    /// A shard is restored from a backup of before its last fences: it lacks these and a document that came in then, and nothing that
    /// happens tells of it.
    /// </summary>
    internal void Restore(string shard, string collection, RawValue id)
    {
        lock (gate)
        {
            foreach (var fence in fences.Keys.Where(one => one.Shard == shard).ToList())
            {
                fences[fence]--;
            }
        }

        LoseSilently(collection, id);
    }

    /// <summary>A document is gone and nothing that happens tells of it.</summary>
    internal void LoseSilently(string collection, RawValue id)
    {
        lock (gate)
        {
            var uuid = State.Catalogue[Namespace.Parse(collection)].Uuid;
            _ = Tick();
            Commit(State.Remove(uuid, id), []);
        }
    }
}
