using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Reversal;

/// <summary>
/// What stood on the old source when a reverse began is its own and stays, whatever becomes of the reverse (S29). What the reverse has brought besides
/// goes with it when it is given up: collections are never merged, so that nobody could begin again otherwise.
/// </summary>
internal sealed class OwnCollections(IDestinationCluster oldSource, ReservedStore store)
{
    /// <summary>Collection of the reserved database: UUIDs of collections, names of views.</summary>
    internal const string Recorded = "stood";

    private const int NamesMax = 20;

    /// <summary>Records what stands there, before the reverse makes anything.</summary>
    internal Task RecordAsync(IReadOnlyList<CollectionDescription> listed, CancellationToken cancellationToken) =>
        store.PutAsync(
            Recorded,
            listed.Select(one => new DocumentBuilder { { "_id", IdOf(one.Uuid, one.Name) } }.Build()),
            cancellationToken
        );

    /// <summary>Drops what the reverse has recorded as made by itself, by its UUID; says what that was.</summary>
    internal async Task DropOthersAsync(Notices notices, CancellationToken cancellationToken)
    {
        var own = (await store.ReadAsync(Recorded, cancellationToken))
            .Select(one => one["_id"].AsString)
            .ToHashSet(StringComparer.Ordinal);
        var rows = (await store.ReadAsync(ReservedStore.Collections, cancellationToken))
            .Select(ReservedStore.ReadMapping)
            .ToList();
        var there = await store.DefineAsync(token => oldSource.ListCatalogueAsync(null, token), cancellationToken);
        var made = rows.Select(row => row.DestinationUuid).Where(uuid => uuid != Guid.Empty).ToHashSet();
        // An interrupted creation is known by its name only.
        var begun = rows.Where(row => row.DestinationUuid == Guid.Empty).Select(row => row.Name).ToHashSet();
        var brought = there
            .Collections.Where(one => !own.Contains(IdOf(one.Uuid, one.Name)))
            .Where(one => made.Contains(one.Uuid) || begun.Contains(one.Name))
            .OrderBy(one => one.Uuid != Guid.Empty)
            .ToList();
        foreach (var one in brought)
        {
            await store.DefineAsync(token => oldSource.DropCollectionAsync(one.Address, token), cancellationToken);
        }

        if (brought.Count > 0)
        {
            notices.Say(
                $"Dropped what the reverse had brought to the old source: {string.Join(", ", brought.Take(NamesMax).Select(one => one.Name))}{(brought.Count > NamesMax ? ", …" : "")}."
            );
        }
    }

    private static string IdOf(Guid uuid, Namespace name) => uuid == Guid.Empty ? $"view {name}" : uuid.ToString();
}
