using System.Collections.Concurrent;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Cutover;

/// <summary>
/// Asks the destination, before anything is decided, whether its prepared indexes can become unique (S25). A source that breaks its own
/// unique index, as a damaged one does, is named with the documents while it is still the one in use. An index without equal values is
/// not asked about again: once prepared, it takes in none.
/// </summary>
internal sealed class UniquenessCheck(
    SyncState state,
    IDestinationCluster destination,
    RetryPolicy retry,
    Notices notices
)
{
    private const int DocumentsNamed = 10;

    /// <summary>Where equal values were found, every so many looks is one again: each reads the whole index.</summary>
    private const int LooksBetween = 30;

    /// <summary>What was found last; <see langword="null"/> for an index that can become unique.</summary>
    private readonly ConcurrentDictionary<(Guid Collection, string Index), string?> found = [];
    private int looks;

    /// <summary>The unique indexes of all copied collections, <c>_id</c>'s aside.</summary>
    internal static IReadOnlyList<(CollectionAddress Address, string Name)> UniqueIndexes(SyncState state)
    {
        lock (state.Gate)
        {
            return
            [
                .. state
                    .Collections.Where(one => one.IsCopied)
                    .SelectMany(one =>
                        one.Source.Indexes.Where(index =>
                                index["unique"].IsTruthy()
                                && !CataloguePlanner.IsIdIndex(index)
                                && one.Source.ShardKey?.IsKeptUniqueBy(index) != true
                            )
                            .Select(index => (one.Destination, index["name"].AsString))
                    ),
            ];
        }
    }

    /// <summary>
    /// Looks once, while nobody waits, at indexes that are prepared. Values that move between documents are equal for a moment, so only
    /// what two looks saw is said.
    /// </summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var isTurn = looks++ % LooksBetween == 0;
        foreach (var (address, index) in UniqueIndexes(state))
        {
            var isKnown = found.TryGetValue((address.Uuid, index), out var earlier);
            if (isKnown && (earlier is null || !isTurn))
            {
                continue;
            }

            var now = await FindAsync(address, index, cancellationToken);
            if (now is not null && now == earlier)
            {
                notices.Say(now);
            }
        }
    }

    /// <summary>What keeps indexes from becoming unique, now.</summary>
    internal async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken)
    {
        var all = new List<string>();
        foreach (var (address, index) in UniqueIndexes(state))
        {
            var isClean = found.TryGetValue((address.Uuid, index), out var earlier) && earlier is null;
            if (!isClean && await FindAsync(address, index, cancellationToken) is { } duplicates)
            {
                all.Add(duplicates);
            }
        }

        return all;
    }

    /// <summary>The index was made anew, and not prepared while documents came into it.</summary>
    internal void Forget(Guid collection, string index) => found.TryRemove((collection, index), out _);

    /// <summary>The documents that share a value of an index that is to be unique, by their keys, as the end of a sentence; empty if the server named none.</summary>
    internal static string Describe(ClusterException refused)
    {
        var groups = refused
            .Violations.Take(DocumentsNamed)
            .Select(one =>
                string.Join(" and ", one["ids"].AsDocument.Values().Take(DocumentsNamed).Select(id => id.ToString()))
            );
        var more = refused.Violations.Count > DocumentsNamed ? "; …" : "";
        return refused.Violations.Count == 0
            ? ""
            : $". Equal values have the documents with _id {string.Join("; ", groups)}{more}";
    }

    private async Task<string?> FindAsync(
        CollectionAddress collection,
        string index,
        CancellationToken cancellationToken
    )
    {
        var dryRun = FinalDefinitions.AskWhetherUnique(index);
        string? duplicates = null;
        try
        {
            await retry.RunAsync(
                token => destination.ModifyCollectionAsync(collection, dryRun, token),
                cancellationToken
            );
        }
        catch (ClusterException refused) when (refused.Violations.Count > 0)
        {
            duplicates = $"The index {index} of {collection.Name} cannot become unique{Describe(refused)}.";
        }
        catch (ClusterException fault) when (fault.Kind != FaultKind.Transient)
        {
            // Renamed, dropped, or not to be asked: whatever stands against it is named when it is to become unique.
            return null;
        }

        found[(collection.Uuid, index)] = duplicates;
        return duplicates;
    }
}
