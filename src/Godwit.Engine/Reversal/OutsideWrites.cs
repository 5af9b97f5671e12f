using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Reversal;

/// <summary>
/// What the old source was written to after the cutover's proof, by whomever: expiry goes on where writes are blocked, and without a
/// block anybody may have written (S22, S29). Its own history tells; a range that holds such a document is compared instead of trusted.
/// </summary>
internal sealed class OutsideWrites(IDestinationCluster oldSource, Notices notices, RetryPolicy retry)
{
    private const int NamesMax = 20;
    private static readonly TimeSpan AwaitTime = TimeSpan.FromMilliseconds(500);

    /// <summary>What of the common ground still holds.</summary>
    /// <param name="common">What was proven.</param>
    /// <param name="before">The old source as the migration knew it.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    internal async Task<Common> LeaveOutAsync(
        Common common,
        ClusterIdentity before,
        CancellationToken cancellationToken
    )
    {
        var now = await retry.RunAsync(oldSource.IdentifyAsync, cancellationToken);
        var finding = HistoryCheck.Judge(before, now, common.OnSource);
        if (finding.State == HistoryState.Changed)
        {
            notices.Say($"The old source has another history: {finding.Message}. Everything is compared.");
            return common.WithoutRanges();
        }

        while (true)
        {
            try
            {
                return await ReadAsync(common, now.OperationTime, cancellationToken);
            }
            catch (ClusterException fault) when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor)
            {
                await retry.WaitAsync(cancellationToken);
            }
            catch (ClusterException lost) when (lost.Kind == FaultKind.HistoryLost)
            {
                notices.Say(
                    "The old source's oplog no longer reaches back to the cutover: everything is compared, and only what differs is written."
                );
                return common.WithoutRanges();
            }
        }
    }

    private async Task<Common> ReadAsync(Common common, ClusterTime through, CancellationToken cancellationToken)
    {
        var tables = common
            .Ranges.GroupBy(range => range.Collection)
            .ToDictionary(group => group.Key, group => RangeRestorer.Restore([.. group], default)!);
        var followed = common.Mappings.Where(row => !row.IsView).Select(row => row.SourceUuid).ToHashSet();
        var changed = new HashSet<(Guid, int)>();
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await new PastEvents(oldSource, retry, AwaitTime).ReadAsync(
            common.OnSource,
            through,
            "godwit: reverse",
            Look,
            cancellationToken
        );
        if (names.Count > 0)
        {
            notices.Say(
                $"The old source was changed after the cutover, in {string.Join(", ", names.Take(NamesMax))}{(names.Count > NamesMax ? ", …" : "")}: it is made what the cluster in use is."
            );
        }

        return common.Without(changed);

        // Definitions are compared as they stand: which events led there does not matter (S19).
        void Look(ChangeEvent change)
        {
            if (!change.IsData || !followed.Contains(change.Collection))
            {
                return;
            }

            _ = names.Add(SeriesNames.Shown(change.ReadName()).ToString());
            if (tables.TryGetValue(change.Collection, out var table))
            {
                _ = changed.Add((change.Collection, table.Find(FollowedCollection.KeyOf(change.Id)).Number));
            }
        }
    }
}
