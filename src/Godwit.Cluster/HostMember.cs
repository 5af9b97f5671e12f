using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Cluster.Working;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Cluster;

/// <summary>
/// One host of a migration: it leads if it comes to, and else moves and compares ranges for the one that does, until the migration ends or it leads
/// itself.
/// </summary>
/// <param name="self">The process.</param>
/// <param name="grains">The way to the others; throws <see cref="InvalidOperationException"/> while there is none.</param>
/// <param name="seat">Where it learns that it leads; <see langword="null"/> for a host that only helps.</param>
/// <param name="migration">Which.</param>
/// <param name="settings">Hash of what it was told to migrate, and how.</param>
/// <param name="source">The source.</param>
/// <param name="destination">The destination.</param>
/// <param name="time">The clock.</param>
internal sealed class HostMember(
    HostIdentity self,
    Func<IGrainFactory> grains,
    LeadSeat? seat,
    string migration,
    string settings,
    ISourceCluster source,
    IDestinationCluster destination,
    TimeProvider time
)
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);

    /// <summary>A host that cannot reach a cluster gives its range back instead of waiting.</summary>
    private static readonly TimeSpan OutageMax = TimeSpan.FromSeconds(5);

    private static readonly Task<Lead> Never = new TaskCompletionSource<Lead>().Task;

    private long? answeredAt;

    private ILeadGrain Grain => grains().GetGrain<ILeadGrain>(migration);

    /// <summary>Name of the host that leads, as far as it is known.</summary>
    internal string Leader { get; private set; } = "";

    /// <summary>Whether it works for a leader that has not answered for as long as the leader would wait for it.</summary>
    internal bool MissesLeader => answeredAt is { } at && time.GetElapsedTime(at) > RangeBoard.SilenceMax;

    /// <summary>Documents that this host has moved for others.</summary>
    internal long Moved { get; private set; }

    /// <summary>Documents that this host has compared for others.</summary>
    internal long Compared { get; private set; }

    /// <summary>Changes that this host has written for others.</summary>
    internal long Written { get; private set; }

    /// <summary>Works for the leader until this host leads itself, or the migration has ended elsewhere.</summary>
    /// <param name="atOnce">Ranges at the same time.</param>
    /// <param name="cancellationToken">Leaves.</param>
    /// <returns>The leadership, or how the migration ended.</returns>
    /// <exception cref="ClusterSetUpException">The leader refuses this host.</exception>
    internal async Task<(Lead? Lead, MigrationEnd? End)> FollowAsync(int atOnce, CancellationToken cancellationToken)
    {
        var lease = new Lease(time);
        var retry = new RetryPolicy(
            time,
            new Random(),
            TimeSpan.FromMilliseconds(50),
            TimeSpan.FromSeconds(1),
            OutageMax
        ).Checking(lease.Check);
        var worker = new RangeWorker(
            () => Grain,
            self,
            new OwnRangeHost(new(source, destination, retry), new(source, destination)),
            lease,
            time
        );
        var changes = new ChangeWorker(() => Grain, self, source, destination, retry, lease, time);
        using var working = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.CompletedTask;
        answeredAt = time.GetTimestamp();
        try
        {
            while (true)
            {
                var taken = seat?.Taken ?? Never;
                if (taken.IsCompletedSuccessfully)
                {
                    return (await taken.ConfigureAwait(false), null);
                }

                var answer = await BeatAsync(worker, changes, cancellationToken).ConfigureAwait(false);
                if (answer?.Refusal is { } refusal)
                {
                    throw new ClusterSetUpException(refusal, answer.Remedy ?? "");
                }

                if (answer?.End is { } end)
                {
                    return (null, end);
                }

                if (answer is not null && answer.LeaderId != self.Id)
                {
                    answeredAt = time.GetTimestamp();
                    Leader = answer.Leader;
                    work = work.IsCompleted
                        ? Task.Run(
                            () => StartAsync(worker, changes, atOnce, retry, working.Token),
                            CancellationToken.None
                        )
                        : work;
                }

                (Moved, Compared, Written) = (worker.Moved, worker.Compared, changes.Written);
                _ = await Task.WhenAny(taken, Task.Delay(BeatEvery, time, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            answeredAt = null;
            await working.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks for hosts that are gone, for as long as it leads.</summary>
    internal async Task WatchOthersAsync(Lead lead, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            lead.LookForSilent();
            await Task.Delay(BeatEvery, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>This process has stopped what it led.</summary>
    internal void Leave(Lead lead) => seat?.Leave(lead);

    /// <summary>Whether the leader, or the way to it, is away for now.</summary>
    internal static bool IsAway(Exception cause) =>
        cause is OrleansException or TimeoutException or InvalidOperationException or OperationCanceledException;

    private async Task StartAsync(
        RangeWorker worker,
        ChangeWorker changes,
        int atOnce,
        RetryPolicy retry,
        CancellationToken cancellationToken
    )
    {
        // What the destination can do decides how documents are written.
        _ = await retry.RunAsync(destination.ProbeAsync, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(worker.RunAsync(atOnce, cancellationToken), changes.RunAsync(cancellationToken))
            .ConfigureAwait(false);
    }

    private async Task<BeatAnswer?> BeatAsync(
        RangeWorker worker,
        ChangeWorker changes,
        CancellationToken cancellationToken
    )
    {
        var beat = new HostBeat(
            self.Id,
            self.Name,
            self.Version,
            settings,
            time.GetUtcNow(),
            worker.Orders,
            worker.Moved,
            worker.Compared,
            worker.Fault,
            worker.MovedBytes,
            changes.Streams,
            changes.Written,
            changes.WrittenBytes
        );
        try
        {
            return await Grain.BeatAsync(beat).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception away) when (IsAway(away) && !cancellationToken.IsCancellationRequested)
        {
            // The leader is gone, and nobody has taken over yet.
            return null;
        }
    }
}
