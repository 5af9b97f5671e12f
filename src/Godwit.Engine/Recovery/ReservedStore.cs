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
internal sealed class ReservedStore(IDestinationCluster destination, WriteSlots slots, int slot, RetryPolicy retry)
    : IDisposable
{
    internal const string Migration = "migration";
    internal const string Position = "position";
    internal const string Collections = "collections";
    internal const string Ranges = "ranges";
    internal const string StateId = "state";
    private const int StatementsMax = 5_000;
    private readonly SemaphoreSlim writing = new(1);

    /// <summary>Writes documents under their <c>_id</c>.</summary>
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
                    { "u", document },
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

    /// <summary>Sets fields of the migration's document, as long as this epoch holds it (S26).</summary>
    internal async Task SetStateAsync(RawDocument fields, CancellationToken cancellationToken)
    {
        var statement = new DocumentBuilder
        {
            {
                "q",
                new DocumentBuilder { { "_id", StateId }, { "epoch", slots.Epoch } }
            },
            {
                "u",
                new DocumentBuilder { { "$set", fields } }
            },
        }.Build();
        if (
            !await retry.RunAsync(
                token => destination.SwapReservedAsync(Migration, statement, token),
                cancellationToken
            )
        )
        {
            throw new ClusterException(
                Side.Destination,
                Stage.Checkpoint,
                FaultKind.Fenced,
                "another process has taken over this migration"
            );
        }
    }

    internal Task<IReadOnlyList<RawDocument>> ReadAsync(string collection, CancellationToken cancellationToken) =>
        retry.RunAsync(token => destination.ReadReservedAsync(collection, token), cancellationToken);

    public void Dispose() => writing.Dispose();

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
            var address = new CollectionAddress(new(ReservedNames.Database, collection), Guid.Empty);
            foreach (var some in statements.Chunk(StatementsMax))
            {
                var command = new WriteCommand(address, kind, DocumentBatch.Of(some), Ordered: true);
                var ticket = slots.Next(slot);
                var outcome = await retry.RunAsync(
                    token => destination.WriteAsync(ticket, command, token),
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
