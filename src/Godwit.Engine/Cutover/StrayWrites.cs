using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Cutover;

/// <summary>
/// What others did to the destination between the last comparison and its opening (S22, S24): no comparison can rule it out, since
/// something may always come between it and the decision. So the destination's own history is read afterwards, and what stands in it
/// is named instead of claiming equality. The engine itself writes no document in that time.
/// </summary>
internal sealed class StrayWrites(
    IDestinationCluster destination,
    CatalogueKeeper keeper,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    private const int NamesMax = 20;
    private const int NameCharactersMax = 200;

    /// <summary>
    /// Reads everything after <paramref name="proven"/>, the destination's time of the last comparison, up to its opening; up to this
    /// moment if that is not known. In words; empty if there was nothing.
    /// </summary>
    internal async Task<string> FindAsync(ClusterTime proven, ClusterTime? opened, CancellationToken cancellationToken)
    {
        var through = opened ?? await NowAsync(cancellationToken);
        while (true)
        {
            try
            {
                return Describe(await ReadAsync(proven, through, cancellationToken));
            }
            catch (ClusterException fault) when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor)
            {
                await retry.WaitAsync(cancellationToken);
            }
            catch (ClusterException lost) when (lost.Kind == FaultKind.HistoryLost)
            {
                return "the destination's history does not reach back to the last comparison";
            }
        }
    }

    /// <summary>
    /// The destination's time, once every shard of it is past the proof: what applications write from now on is later than that on
    /// whichever shard it comes to, so that a reverse from there misses nothing (S21, S28).
    /// </summary>
    internal Task<ClusterTime> PassAsync(CancellationToken cancellationToken) =>
        retry.RunAsync(token => destination.AppendNoteAsync("godwit: opening", token), cancellationToken);

    private async Task<ClusterTime> NowAsync(CancellationToken cancellationToken) =>
        (await retry.RunAsync(destination.IdentifyAsync, cancellationToken)).OperationTime;

    private async Task<HashSet<string>> ReadAsync(
        ClusterTime after,
        ClusterTime through,
        CancellationToken cancellationToken
    )
    {
        var mappings = keeper.Mappings;
        var collections = mappings.Select(row => row.DestinationUuid).ToHashSet();
        var databases = mappings.Select(row => row.Name.Database).ToHashSet(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        await new PastEvents(destination, retry, settings.ChangeAwaitTime).ReadAsync(
            after,
            through,
            "godwit: after the decision",
            change =>
            {
                if (IsOfMigration(change))
                {
                    var name = NameOf(change);
                    _ = names.Add(name.Length <= NameCharactersMax ? name : name[..NameCharactersMax] + "…");
                }
            },
            cancellationToken
        );
        return names;

        // A changed option is left to the comparison of definitions that follows the decision: the engine may just have set it (S25).
        bool IsOfMigration(ChangeEvent change) =>
            change.IsData
                ? collections.Contains(change.Collection)
                : change.Kind == EventKind.Definition
                    && change.Raw["operationType"].AsString != "modify"
                    && databases.Contains(settings.Scope.ToSource(change.ReadName()).Database);
    }

    /// <summary>The document or collection that was changed.</summary>
    private static string NameOf(ChangeEvent change) =>
        change.IsData
            ? $"{change.ReadName()} _id {ExtendedJsonWriter.Write(change.Id, ExtendedJsonForm.Relaxed)}"
            : $"{change.ReadName()} ({change.Raw["operationType"].AsString})";

    private static string Describe(HashSet<string> names)
    {
        var shown = string.Join(", ", names.Order(StringComparer.Ordinal).Take(NamesMax));
        return names.Count == 0
            ? ""
            : FormattableString.Invariant(
                $"the destination was changed by others between the last comparison and its opening, in {names.Count} places: {shown}{(names.Count > NamesMax ? ", …" : "")}"
            );
    }
}
