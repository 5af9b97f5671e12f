using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Planning;

/// <summary>
/// Compares two listings through the table of identities and names the steps that bring the destination to the source. This one
/// comparison serves the first creation, every definition event and recovery (S1, S1a, S19): nothing is ever replayed, so nothing that
/// came later can be destroyed.
/// </summary>
internal static class CataloguePlanner
{
    /// <summary>Prefix of temporary names that resolve cycles of renames.</summary>
    internal const string TemporaryPrefix = "godwit_rename_";

    private const string Expiry = "expireAfterSeconds";

    internal static IReadOnlyList<CatalogueStep> Plan(
        IReadOnlyList<CollectionDescription> source,
        IReadOnlyCollection<CollectionMapping> mappings,
        IReadOnlyList<CollectionDescription> destination,
        DocumentRules rules
    )
    {
        var steps = new List<CatalogueStep>();
        var state = new Occupancy(destination);
        var wanted = source.Where(one => one.Kind == CollectionKind.Collection).ToDictionary(one => one.Uuid);
        var views = source.Where(one => one.Kind == CollectionKind.View).ToDictionary(one => one.Name);
        var kept = new List<(CollectionMapping Row, CollectionDescription Source, CollectionDescription Destination)>();
        foreach (var row in mappings)
        {
            var there =
                row.IsView || row.DestinationUuid == Guid.Empty ? state.At(row.Name) : state.Of(row.DestinationUuid);
            if (row.IsView)
            {
                KeepOrDropView(row, there, views, state, steps);
            }
            else if (
                there is not null
                && row.DestinationUuid != Guid.Empty
                && wanted.TryGetValue(row.SourceUuid, out var origin)
                && rules.AreSame(row.Name, origin.Name)
            )
            {
                kept.Add((row, origin, there));
            }
            else
            {
                DropRow(row, there, mappings, state, steps);
            }
        }

        Rename(kept, state, steps);
        var keptUuids = kept.Select(one => one.Row.SourceUuid).ToHashSet();
        foreach (var one in wanted.Values.Where(one => !keptUuids.Contains(one.Uuid)))
        {
            steps.Add(state.At(one.Name) is null ? new CreateStep(one) : new ConflictStep(one.Name));
        }

        steps.AddRange(kept.SelectMany(one => CompareIndexes(one.Source, one.Destination)));
        steps.AddRange(kept.Select(one => CompareShardKeys(one.Source, one.Destination)).OfType<CatalogueStep>());
        foreach (var view in views.Values)
        {
            var there = state.At(view.Name);
            if (there is null || there.Kind != CollectionKind.View || there.Options != view.Options)
            {
                var isOurs = mappings.Any(row => row.IsView && row.Name == view.Name);
                steps.Add(
                    there is null || isOurs ? new ViewStep(view, there is not null) : new ConflictStep(view.Name)
                );
            }
        }

        return steps;
    }

    private static void KeepOrDropView(
        CollectionMapping row,
        CollectionDescription? there,
        Dictionary<Namespace, CollectionDescription> views,
        Occupancy state,
        List<CatalogueStep> steps
    )
    {
        if (views.ContainsKey(row.Name))
        {
            return;
        }

        steps.Add(new DropStep(new(row.Name, Guid.Empty), row));
        if (there?.Kind == CollectionKind.View)
        {
            state.Leave(there);
        }
    }

    /// <summary>
    /// A row whose source is gone, has got another rule for its documents with another name, or whose creation was interrupted: what it
    /// left goes, and so does the row.
    /// </summary>
    private static void DropRow(
        CollectionMapping row,
        CollectionDescription? there,
        IReadOnlyCollection<CollectionMapping> mappings,
        Occupancy state,
        List<CatalogueStep> steps
    )
    {
        var isOthers = there is not null && mappings.Any(other => other != row && other.DestinationUuid == there.Uuid);
        var gone = there is null || isOthers ? default : there.Address;
        steps.Add(new DropStep(gone, row));
        if (there is not null && !isOthers)
        {
            state.Leave(there);
        }
    }

    private static void Rename(
        List<(CollectionMapping Row, CollectionDescription Source, CollectionDescription Destination)> kept,
        Occupancy state,
        List<CatalogueStep> steps
    )
    {
        var waiting = kept.Where(one => one.Source.Name != one.Destination.Name)
            .Select(one => (one.Row, Now: one.Destination, one.Source.Name))
            .ToList();
        while (waiting.Count > 0)
        {
            var free = waiting.FindIndex(one => state.At(one.Name) is null);
            if (free >= 0)
            {
                var (row, now, name) = waiting[free];
                steps.Add(new RenameStep(now.Address, name, row));
                state.Move(now, name);
                waiting.RemoveAt(free);
                continue;
            }

            var cyclic = waiting.FindIndex(one => waiting.Exists(other => other.Name == one.Now.Name));
            if (cyclic < 0)
            {
                steps.AddRange(waiting.Select(one => new ConflictStep(one.Name)));
                return;
            }

            var (aside, there, goal) = waiting[cyclic];
            var temporary = there.Name with { Collection = TemporaryPrefix + aside.SourceUuid.ToString("N") };
            steps.Add(new RenameStep(there.Address, temporary, aside));
            waiting[cyclic] = (aside, state.Move(there, temporary), goal);
        }
    }

    /// <summary>
    /// What is new and collides with nothing comes first: the server does not drop the last index that a shard key stands on. An index
    /// cannot lose its expiry but by being made anew; only one that was in use before has any (S29).
    /// </summary>
    private static IEnumerable<CatalogueStep> CompareIndexes(
        CollectionDescription source,
        CollectionDescription destination
    )
    {
        var wanted = source.Indexes.Where(index => !IsIdIndex(index)).Select(NeutralOptions.OfIndex).ToDictionary(Name);
        var expiring = source.Indexes.Where(index => index.Has(Expiry)).Select(Name).ToHashSet(StringComparer.Ordinal);
        var drop = new List<string>();
        foreach (var index in destination.Indexes.Where(index => !IsIdIndex(index)))
        {
            var name = Name(index);
            if (
                wanted.TryGetValue(name, out var same)
                && same == NeutralOptions.OfIndex(index)
                && (expiring.Contains(name) || !index.Has(Expiry))
            )
            {
                _ = wanted.Remove(name);
            }
            else if (!SupportingIndexes.IsNeeded(index, source, destination.ShardKey ?? source.ShardKey))
            {
                drop.Add(name);
            }
        }

        if (
            SupportingIndexes.Missing(source) is { } missing
            && !destination.Indexes.Any(source.ShardKey!.IsSupportedBy)
        )
        {
            wanted.Add(Name(missing), missing);
        }

        var address = destination.Address with { Name = source.Name };
        var first = drop.Count == 0 ? [] : wanted.Values.Where(index => !Collides(index, destination)).ToList();
        if (first.Count > 0)
        {
            yield return new IndexStep(address, [], Explicit(first));
        }

        if (drop.Count + wanted.Count > first.Count)
        {
            yield return new IndexStep(address, drop, Explicit(wanted.Values.Except(first)));
        }

        List<RawDocument> Explicit(IEnumerable<RawDocument> indexes) =>
            [.. indexes.Select(index => IndexCollation.Explicit(index, source.Options))];
    }

    private static bool Collides(RawDocument index, CollectionDescription destination) =>
        destination.Indexes.Any(other =>
            Name(other) == Name(index) || ShardKey.IsSame(other["key"].AsDocument, index["key"].AsDocument)
        );

    /// <summary>A key can only be added to: with any other, the destination's serves as well.</summary>
    private static ShardStep? CompareShardKeys(CollectionDescription source, CollectionDescription destination) =>
        source.ShardKey is { } wanted && (destination.ShardKey is not { } there || there.IsRefinedBy(wanted.Pattern))
            ? new(source, destination.ShardKey)
            : null;

    /// <summary>Whether this index comes with its collection: the one on <c>_id</c>, or a clustered key.</summary>
    internal static bool IsIdIndex(RawDocument index) =>
        index["clustered"].IsTruthy() || string.Equals(Name(index), "_id_", StringComparison.Ordinal);

    private static string Name(RawDocument index) => index["name"].AsString;

    /// <summary>Which names of the destination are taken as the steps go on.</summary>
    private sealed class Occupancy(IReadOnlyList<CollectionDescription> destination)
    {
        private readonly Dictionary<Namespace, CollectionDescription> byName = destination.ToDictionary(one =>
            one.Name
        );
        private readonly Dictionary<Guid, CollectionDescription> byUuid = destination
            .Where(one => one.Uuid != Guid.Empty)
            .ToDictionary(one => one.Uuid);

        internal CollectionDescription? At(Namespace name) => byName.GetValueOrDefault(name);

        internal CollectionDescription? Of(Guid uuid) => byUuid.GetValueOrDefault(uuid);

        internal void Leave(CollectionDescription one) => _ = byName.Remove(one.Name);

        internal CollectionDescription Move(CollectionDescription one, Namespace name)
        {
            Leave(one);
            return byName[name] = one with { Name = name };
        }
    }
}
