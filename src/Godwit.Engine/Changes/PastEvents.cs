using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Changes;

/// <summary>Reads what a cluster's own history tells of a time that is over: which documents and definitions were changed in it.</summary>
internal sealed class PastEvents(ICluster cluster, RetryPolicy retry, TimeSpan awaitTime)
{
    /// <summary>
    /// Shows every event after one time and up to another. Keys only; a transient fault is the caller's to wait out, since it has to
    /// begin anew then.
    /// </summary>
    /// <param name="after">Events up to this time are left out.</param>
    /// <param name="through">The last time that is looked at; the cluster has reached it.</param>
    /// <param name="note">Text of the note that moves an idle stream past the time.</param>
    /// <param name="look">Told of each event; what it is shown is gone afterwards.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ClusterException">Of kind <see cref="FaultKind.HistoryLost"/> if the history does not reach back to it.</exception>
    internal async Task ReadAsync(
        ClusterTime after,
        ClusterTime through,
        string note,
        Action<ChangeEvent> look,
        CancellationToken cancellationToken
    )
    {
        var request = new ChangeStreamRequest(RawDocument.Empty, after, KeysOnly: true, awaitTime);
        await using var stream = await retry.RunAsync(
            token => cluster.OpenChangesAsync(request, token),
            cancellationToken
        );
        _ = await retry.RunAsync(token => cluster.AppendNoteAsync(note, token), cancellationToken);
        var frontier = after;
        while (frontier < through)
        {
            using var batch = await stream.NextAsync(cancellationToken);
            foreach (var document in batch.Events)
            {
                var change = ChangeEvent.Parse(document);
                if (change.Time > after && change.Time <= through)
                {
                    look(change);
                }
            }

            frontier = ResumeToken.TimeOf(batch.PostBatchResumeToken).Previous();
        }
    }
}
