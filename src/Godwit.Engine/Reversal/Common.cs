using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Reversal;

/// <summary>
/// What both clusters had in common when the cutover was decided: the identities and ranges of the migration that is over, seen from the
/// other side. Of a range in it both sides were proven equal, the old source at <see cref="OnSource"/> and the other at
/// <see cref="OnDestination"/>.
/// </summary>
/// <param name="OnSource">The old source's time of the proof.</param>
/// <param name="OnDestination">The time of the cluster that was moved to, up to which all of its events are in the proof.</param>
/// <param name="Mappings">The identities as the migration had them.</param>
/// <param name="Ranges">Its ranges.</param>
internal sealed record Common(
    ClusterTime OnSource,
    ClusterTime OnDestination,
    IReadOnlyList<CollectionMapping> Mappings,
    IReadOnlyList<SavedRange> Ranges
)
{
    /// <summary>The rows as the reverse has them: what was the destination's is the source's.</summary>
    internal IEnumerable<CollectionMapping> TurnedMappings =>
        Mappings.Select(row => row.IsView ? row : new CollectionMapping(row.DestinationUuid, row.Name, row.SourceUuid));

    /// <summary>The ranges as the reverse has them: applied through the time of the proof.</summary>
    internal IEnumerable<SavedRange> TurnedRanges =>
        Ranges.Select(range =>
            range with
            {
                Collection = range.Destination,
                Destination = range.Collection,
                AsOf = OnDestination,
                Proof = null,
            }
        );

    /// <summary>Nothing is trusted: every range is compared, and only what differs is written (S20).</summary>
    internal Common WithoutRanges() => this with { Ranges = [] };

    /// <summary>Ranges of which the old source has changed a document since are left out: they are compared (S7, S20).</summary>
    internal Common Without(IReadOnlySet<(Guid Collection, int Number)> changed) =>
        this with
        {
            Ranges = [.. Ranges.Where(range => !changed.Contains((range.Collection, range.Number)))],
        };

    /// <summary>
    /// Reads it from what a committed migration has recorded: rows whose creation was finished, and the ranges of them. A collection that
    /// the old source has since written anew under another identity, as moving it does, keeps its row and loses its ranges (S1a).
    /// </summary>
    /// <param name="onSource">The old source's time of the proof.</param>
    /// <param name="onDestination">The other side's.</param>
    /// <param name="mappings">The rows.</param>
    /// <param name="ranges">The ranges.</param>
    /// <param name="oldSource">What the old source lists now.</param>
    /// <param name="used">What the other side lists now.</param>
    internal static Common Of(
        ClusterTime onSource,
        ClusterTime onDestination,
        IEnumerable<CollectionMapping> mappings,
        IEnumerable<SavedRange> ranges,
        IReadOnlyList<CollectionDescription> oldSource,
        IReadOnlyList<CollectionDescription> used
    )
    {
        var finished = mappings.Where(row => row.IsView || row.DestinationUuid != Guid.Empty).ToList();
        var rows = IdentityTransfer.Plan(finished, oldSource, used);
        var pairs = rows.Select(row => (row.SourceUuid, row.DestinationUuid)).ToHashSet();
        return new(
            onSource,
            onDestination,
            rows,
            [.. ranges.Where(range => pairs.Contains((range.Collection, range.Destination)))]
        );
    }
}
