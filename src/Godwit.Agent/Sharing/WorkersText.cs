using Godwit.Cluster.Leading;
using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Agent.Sharing;

/// <summary>The hosts of a migration as the Hub gets them, told by the one that leads.</summary>
/// <param name="name">This host's.</param>
/// <param name="helpers">What the others do.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkersText(string name, Func<IReadOnlyList<HostShare>> helpers, TimeProvider time)
{
    /// <summary>What the others have copied is counted here at once, and said by them about a second later.</summary>
    private static readonly TimeSpan HeardAfter = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Queue<(long At, long Documents, long Bytes)> counts = new();
    private long ownDocuments;
    private long ownBytes;

    /// <param name="progress">Of this run, whoever did it.</param>
    internal IReadOnlyList<ReportedWorker> Describe(MigrationProgress progress)
    {
        var others = helpers();
        lock (gate)
        {
            Count(progress, others);
            return
            [
                new(
                    name,
                    true,
                    null,
                    ownDocuments,
                    null,
                    1,
                    null,
                    ownBytes,
                    progress.OwnStreams,
                    progress.ChangesWritten,
                    progress.ChangeBytesWritten
                ),
                .. others.Select(one => new ReportedWorker(
                    one.Name,
                    false,
                    one.Ranges,
                    one.Moved,
                    one.Compared,
                    one.Starts,
                    one.IsSilent ? "It is not heard of any more."
                        : one.Fault is { } fault ? SecretText.OfText(fault)
                        : null,
                    one.MovedBytes,
                    one.Streams,
                    one.Written,
                    one.WrittenBytes
                )),
            ];
        }
    }

    /// <summary>
    /// What this host has copied itself is what the others have not: of a moment before, so that none of theirs is taken for its own, and
    /// given back later. A count that becomes less would be read as a host that was started anew.
    /// </summary>
    private void Count(MigrationProgress progress, IReadOnlyList<HostShare> others)
    {
        counts.Enqueue((time.GetTimestamp(), progress.DocumentsCopied, progress.BytesCopied));
        while (counts.Count > 1 && time.GetElapsedTime(counts.ElementAt(1).At) >= HeardAfter)
        {
            _ = counts.Dequeue();
        }

        var (at, documents, bytes) = counts.Peek();
        if (time.GetElapsedTime(at) >= HeardAfter)
        {
            ownDocuments = Math.Max(ownDocuments, documents - others.Sum(one => one.Moved));
            ownBytes = Math.Max(ownBytes, bytes - others.Sum(one => one.MovedBytes));
        }
    }
}
