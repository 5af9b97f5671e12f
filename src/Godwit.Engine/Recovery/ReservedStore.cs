using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Recovery;

/// <summary>
/// Progress in the reserved database. All writes go through one fenced session, so that a deposed host cannot change what a later one
/// reads (S17); what must have one winner is additionally conditional on the epoch.
/// </summary>
internal sealed class ReservedStore(
    IDestinationCluster destination,
    WriteSlots slots,
    int slot,
    Lease lease,
    RetryPolicy retry
) : IDisposable
{
    internal const string Migration = "migration";
    internal const string Position = "position";
    internal const string Collections = "collections";
    internal const string Ranges = "ranges";
    internal const string Proof = "proof";
    internal const string Differences = "differences";
    internal const string StateId = "state";
    internal const string State = "state";
    private const string Owner = "migration";
    private const int StatementsMax = 5_000;
    private readonly string migration = slots.Migration.ToString();
    private readonly SemaphoreSlim writing = new(1);
    private long confirmations;

    /// <summary>Writes documents of this migration under their <c>_id</c>.</summary>
    internal Task PutAsync(
        string collection,
        IEnumerable<RawDocument> documents,
        CancellationToken cancellationToken
    ) =>
        WriteAsync(
            collection,
            WriteKind.Update,
            documents.Select(document =>
                new DocumentBuilder(document.Length + 64)
                {
                    {
                        "q",
                        new DocumentBuilder { { "_id", document["_id"] } }
                    },
                    { "u", new DocumentBuilder(document.Length + 64).AddAll(document).Add(Owner, migration) },
                    { "upsert", true },
                }.Build()
            ),
            cancellationToken
        );

    /// <summary>Removes documents by <c>_id</c>.</summary>
    internal Task RemoveAsync(string collection, IEnumerable<string> ids, CancellationToken cancellationToken) =>
        WriteAsync(
            collection,
            WriteKind.Delete,
            ids.Select(id =>
                new DocumentBuilder
                {
                    {
                        "q",
                        new DocumentBuilder { { "_id", id } }
                    },
                    { "limit", 1 },
                }.Build()
            ),
            cancellationToken
        );

    /// <summary>
    /// Sets fields of the migration's document, as long as this epoch holds it (S26), and only on top of the state
    /// <paramref name="from"/> where one is named.
    /// </summary>
    internal async Task SetStateAsync(RawDocument fields, CancellationToken cancellationToken, string? from = null)
    {
        var query = new DocumentBuilder { { "_id", StateId }, { "epoch", slots.Epoch } };
        if (from is not null)
        {
            _ = query.Add(State, from);
        }

        var statement = new DocumentBuilder
        {
            { "q", query },
            {
                "u",
                new DocumentBuilder { { "$set", fields } }
            },
        }.Build();
        var isSet = await HoldingAsync(
            token => destination.SwapReservedAsync(Migration, statement, token),
            isHeld => isHeld,
            cancellationToken
        );
        if (!isSet && !(from is not null && await HasStateAsync(fields[State], cancellationToken)))
        {
            throw TakenOver();
        }
    }

    /// <summary>
    /// Makes sure that this epoch holds the migration, before and after what no session fences. A count that changes, so that it is a
    /// write of its own (S18).
    /// </summary>
    internal Task ConfirmAsync(CancellationToken cancellationToken) =>
        SetStateAsync(
            new DocumentBuilder { { "confirmations", Interlocked.Increment(ref confirmations) } }.Build(),
            cancellationToken
        );

    /// <summary>
    /// Carries out a definition on the destination: no session fences it, so a process that stood still makes sure first that nobody
    /// has taken over (S17).
    /// </summary>
    internal Task<T> DefineAsync<T>(Func<CancellationToken, Task<T>> change, CancellationToken cancellationToken) =>
        retry.RunAsync(
            async token =>
            {
                if (!lease.IsFresh)
                {
                    await ConfirmAsync(token);
                }

                return await change(token);
            },
            cancellationToken
        );

    /// <inheritdoc cref="DefineAsync{T}"/>
    internal Task DefineAsync(Func<CancellationToken, Task> change, CancellationToken cancellationToken) =>
        DefineAsync(
            async token =>
            {
                await change(token);
                return true;
            },
            cancellationToken
        );

    /// <summary>
    /// Leaves a mark on every shard of the destination, behind everything that was acknowledged there before. Its number is above those
    /// of all earlier ones: a shard with a lower one has gone back to an older state, or has come since (S22).
    /// </summary>
    internal async Task<long> MarkAsync(CancellationToken cancellationToken)
    {
        var mark = slots.Mark();
        await retry.RunAsync(token => destination.FenceAsync(mark, token), cancellationToken);
        return mark.TransactionNumber;
    }

    /// <summary>The oldest of the marks that the shards have now; 0 if one has none.</summary>
    internal Task<long> ReadMarkAsync(CancellationToken cancellationToken) =>
        retry.RunAsync(token => destination.ReadFenceAsync(slots.MarkSession, token), cancellationToken);

    /// <summary>Which state of its placement each of these collections of a sharded destination has now (S22).</summary>
    internal Task<IReadOnlyList<string>> ReadPlacementsAsync(
        IReadOnlyList<CollectionAddress> collections,
        CancellationToken cancellationToken
    ) => retry.RunAsync(token => destination.ReadPlacementsAsync(collections, token), cancellationToken);

    /// <summary>Sets a wish in the migration's document, whoever holds it. False if there is no migration.</summary>
    internal static Task<bool> AskAsync(
        IDestinationCluster destination,
        string wish,
        RawValue value,
        CancellationToken cancellationToken
    )
    {
        var query = new DocumentBuilder { { "_id", StateId } };
        var update = new DocumentBuilder
        {
            {
                "$set",
                new DocumentBuilder { { wish, value } }
            },
        };
        var statement = new DocumentBuilder { { "q", query }, { "u", update } }.Build();
        return destination.SwapReservedAsync(Migration, statement, cancellationToken);
    }

    /// <summary>The migration's own document, whoever holds it; empty if there is none.</summary>
    internal static async Task<RawDocument> ReadStateAsync(
        IDestinationCluster destination,
        CancellationToken cancellationToken
    ) => StateOf(await destination.ReadReservedAsync(Migration, cancellationToken));

    /// <summary>The migration's own document, as long as this epoch holds it.</summary>
    internal async Task<RawDocument> ReadStateAsync(CancellationToken cancellationToken)
    {
        var state = await retry.RunAsync(token => ReadStateAsync(destination, token), cancellationToken);
        return state.IsEmpty || state["epoch"].AsInt64 != slots.Epoch ? throw TakenOver() : state;
    }

    /// <summary>The migration's own document among those of <see cref="Migration"/>; empty if there is none.</summary>
    internal static RawDocument StateOf(IEnumerable<RawDocument> documents) =>
        documents.FirstOrDefault(one => one["_id"].AsString == StateId);

    /// <summary>The documents of this migration: what another one left, whose removal was interrupted, is not its own.</summary>
    internal async Task<IReadOnlyList<RawDocument>> ReadAsync(string collection, CancellationToken cancellationToken)
    {
        var documents = await retry.RunAsync(
            token => destination.ReadReservedAsync(collection, token),
            cancellationToken
        );
        return [.. OwnedBy(migration, documents)];
    }

    /// <summary>Those of a migration among documents of the reserved database.</summary>
    internal static IEnumerable<RawDocument> OwnedBy(string migration, IEnumerable<RawDocument> documents) =>
        documents.Where(one => one[Owner] is { Type: BsonType.String } id && id.AsString == migration);

    public void Dispose() => writing.Dispose();

    /// <summary>Sends what only the holder can do: where it is done, the lease is confirmed as of before it was sent.</summary>
    private async Task<T> HoldingAsync<T>(
        Func<CancellationToken, Task<T>> send,
        Predicate<T> isHeld,
        CancellationToken cancellationToken
    )
    {
        var asked = lease.Now();
        var answer = await retry.RunAsync(
            token =>
            {
                asked = lease.Now();
                return send(token);
            },
            cancellationToken
        );
        if (isHeld(answer))
        {
            lease.Confirm(asked);
        }

        return answer;
    }

    /// <summary>Whether an answer was lost and the change is there all the same.</summary>
    private async Task<bool> HasStateAsync(RawValue wanted, CancellationToken cancellationToken) =>
        (await ReadStateAsync(cancellationToken))[State] == wanted;

    /// <summary>This process is not, or no longer, the one that may act.</summary>
    internal static ClusterException TakenOver() =>
        new(
            Side.Destination,
            Stage.Checkpoint,
            FaultKind.Fenced,
            "another process has taken this migration over, or cancelled it"
        );

    internal static RawDocument Write(CollectionMapping row) =>
        new DocumentBuilder
        {
            { "_id", IdOf(row) },
            { "source", row.IsView ? RawValue.Missing : row.SourceUuid.ToString() },
            { "name", row.Name.ToString() },
            { "destination", row.DestinationUuid == Guid.Empty ? RawValue.Missing : row.DestinationUuid.ToString() },
        }.Build();

    internal static CollectionMapping ReadMapping(RawDocument document) =>
        new(
            document.TryGet("source", out var source) ? Guid.Parse(source.AsString) : Guid.Empty,
            Namespace.Parse(document["name"].AsString),
            document.TryGet("destination", out var destination) ? Guid.Parse(destination.AsString) : Guid.Empty
        );

    internal static string IdOf(CollectionMapping row) => row.IsView ? $"view {row.Name}" : row.SourceUuid.ToString();

    private async Task WriteAsync(
        string collection,
        WriteKind kind,
        IEnumerable<RawDocument> statements,
        CancellationToken cancellationToken
    )
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            var address = new CollectionAddress(new(destination.ReservedDatabase, collection), Guid.Empty);
            foreach (var some in statements.Chunk(StatementsMax))
            {
                var command = new WriteCommand(address, kind, DocumentBatch.Of(some), Ordered: true);
                var ticket = slots.Next(slot);
                var outcome = await HoldingAsync(
                    token => destination.WriteAsync(ticket, command, token),
                    _ => true,
                    cancellationToken
                );
                if (outcome.Errors.Count > 0)
                {
                    throw new ClusterException(
                        Side.Destination,
                        Stage.Checkpoint,
                        FaultKind.Bug,
                        $"progress was refused: {outcome.Errors[0].Message}",
                        outcome.Errors[0].Code
                    );
                }
            }
        }
        finally
        {
            _ = writing.Release();
        }
    }
}
