using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Remote;

namespace Godwit.Cluster.Working;

/// <summary>Carries change streams for the leader: reads them, keeps what their events bring, and writes it when told to (S10).</summary>
/// <param name="lead">The way to whoever leads now.</param>
/// <param name="self">The process.</param>
/// <param name="source">Where streams are read.</param>
/// <param name="destination">Where changes are written.</param>
/// <param name="retry">How long faults are waited out.</param>
/// <param name="lease">What is known of the leader's holding the migration.</param>
/// <param name="time">The clock.</param>
internal sealed class ChangeWorker(
    Func<ILeadGrain> lead,
    HostIdentity self,
    ISourceCluster source,
    IDestinationCluster destination,
    RetryPolicy retry,
    Lease lease,
    TimeProvider time
)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Guid, Carried> streams = new();
    private readonly ConcurrentDictionary<Guid, bool> orders = new();
    private long written;
    private long writtenBytes;

    /// <summary>Streams that it carries.</summary>
    internal int Streams => streams.Count;

    /// <summary>Changes written since the start.</summary>
    internal long Written => Interlocked.Read(ref written);

    /// <summary>Their bytes.</summary>
    internal long WrittenBytes => Interlocked.Read(ref writtenBytes);

    /// <summary>Works until it is cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new ConcurrentDictionary<Task, bool>();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var asked = lease.Now();
                Guid[] atWork = [.. streams.Keys, .. orders.Keys];
                var fetched = await lead()
                    .FetchChangesAsync(self.Id, atWork)
                    .WaitAsync(cancellationToken)
                    .ConfigureAwait(false);
                lease.Confirm(asked);
                foreach (var order in fetched)
                {
                    Begin(order, running, cancellationToken);
                }
            }
            catch (Exception unreached)
                when (HostMember.IsAway(unreached) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(Rest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(running.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Begin(ChangeOrder order, ConcurrentDictionary<Task, bool> running, CancellationToken cancellationToken)
    {
        if (order.IsClose)
        {
            if (streams.TryGetValue(order.Stream, out var open))
            {
                open.Stop();
            }

            return;
        }

        Func<Task> work;
        if (order.Open is { } wanted)
        {
            var carried = streams[order.Stream] = new(cancellationToken);
            work = () => CarryAsync(order.Stream, wanted, carried);
        }
        else
        {
            orders[order.Id] = true;
            work = () => WriteAsync(order, order.Write!.ToOrder(), cancellationToken);
        }

        var task = Task.Run(work, CancellationToken.None);
        running[task] = true;
        _ = task.ContinueWith(
            done => running.TryRemove(done, out _),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    /// <summary>Reads a stream to its end, one reply ahead of what the leader has asked for.</summary>
    private async Task CarryAsync(Guid id, StreamText wanted, Carried carried)
    {
        var bringing = Task.FromResult<HoldingTerms?>(new(ClusterTime.Zero, wanted.Whole));
        try
        {
            var stream = await OpenAsync(wanted, carried.Stopped).ConfigureAwait(false);
            var held = new HeldStream(stream, wanted.Holder, destination, retry, HeldStream.DefaultBytesMax);
            await using (held.ConfigureAwait(false))
            {
                carried.Held = held;
                var terms = await bringing.ConfigureAwait(false);
                while (terms is not null)
                {
                    using var batch = await held.NextAsync(terms, carried.Stopped).ConfigureAwait(false);
                    if (await bringing.ConfigureAwait(false) is { } newer)
                    {
                        bringing = BringAsync(id, StreamReply.From(batch), carried.Stopped);
                        terms = newer;
                    }
                    else
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception failed) when (!carried.Stopped.IsCancellationRequested)
        {
            await TryEndAsync(id, bringing, failed).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody counts on it any more.
        }
        finally
        {
            _ = streams.TryRemove(id, out _);
            carried.Dispose();
        }
    }

    /// <summary>Probed anew each time, since servers are upgraded: what a stream shows has to be the same on all hosts (S1a, S11, S31).</summary>
    private async Task<IChangeStream> OpenAsync(StreamText wanted, CancellationToken cancellationToken)
    {
        var found = await source.ProbeAsync(cancellationToken).ConfigureAwait(false);
        return found.ToDocument() == new RawDocument(wanted.Facilities)
            ? await source.OpenChangesAsync(wanted.ToRequest(), cancellationToken).ConfigureAwait(false)
            : throw new ClusterException(
                Side.Source,
                Stage.Changes,
                FaultKind.BadRequest,
                "the source shows this host other facilities than the leader"
            );
    }

    private async Task TryEndAsync(Guid id, Task bringing, Exception failed)
    {
        try
        {
            // What was read before is heard first.
            await bringing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ = await lead().BringChangesAsync(id, StreamReply.Of(failed)).ConfigureAwait(false);
        }
        catch (Exception away) when (HostMember.IsAway(away))
        {
            // It is missed there.
        }
    }

    /// <summary>Brings a reply. Its bytes are used again once it was answered, and never where that is not known: it may be sent later yet.</summary>
    /// <returns>What is known by then; <see langword="null"/> if nobody counts on the stream any more.</returns>
    private async Task<HoldingTerms?> BringAsync(Guid id, StreamReply reply, CancellationToken cancellationToken)
    {
        for (StreamReply? next = reply; ; next = null)
        {
            var asked = lease.Now();
            var terms = await lead().BringChangesAsync(id, next).WaitAsync(cancellationToken).ConfigureAwait(false);
            reply.Dispose();
            if (terms.Signal == MoveSignal.Stop)
            {
                return null;
            }

            lease.Confirm(asked);
            if (terms.Signal == MoveSignal.Go)
            {
                return new(ClusterTime.FromPacked((ulong)terms.Settled), terms.Whole);
            }
        }
    }

    private async Task WriteAsync(ChangeOrder order, LaneOrder lane, CancellationToken cancellationToken)
    {
        try
        {
            var end = await TryWriteAsync(order.Stream, lane, cancellationToken).ConfigureAwait(false);
            if (end is not null)
            {
                await lead().EndWriteAsync(order.Stream, order.Id, end).ConfigureAwait(false);
            }
        }
        catch (Exception away) when (HostMember.IsAway(away))
        {
            // It is missed there.
        }
        finally
        {
            _ = orders.TryRemove(order.Id, out _);
        }
    }

    /// <returns><see langword="null"/> if this process stood still for so long that nobody counts on it any more.</returns>
    private async Task<WrittenText?> TryWriteAsync(Guid stream, LaneOrder lane, CancellationToken cancellationToken)
    {
        try
        {
            if (!streams.TryGetValue(stream, out var carried) || carried.Held is not { } held)
            {
                return new(Packed.Of<bool>(new bool[lane.Changes.Count]), MayPass: false);
            }

            var end = await held.WriteAsync(lane, cancellationToken).ConfigureAwait(false);
            _ = Interlocked.Add(ref written, end.AreDone.Count(done => done));
            _ = Interlocked.Add(ref writtenBytes, end.Bytes);
            return new(Packed.Of<bool>([.. end.AreDone]), end.MayPass, Took: end.Took);
        }
        catch (LeaseLapsedException)
        {
            return null;
        }
        catch (Exception failed)
        {
            return new([], MayPass: false, RangeEnd.Of(failed));
        }
    }

    /// <summary>A stream that this host carries, or is about to.</summary>
    private sealed class Carried(CancellationToken cancellationToken) : IDisposable
    {
        private readonly Lock gate = new();
        private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken
        );
        private bool isOver;

        internal CancellationToken Stopped => stop.Token;

        /// <summary>What it keeps; <see langword="null"/> until it is open.</summary>
        internal HeldStream? Held { get; set; }

        internal void Stop()
        {
            lock (gate)
            {
                if (!isOver)
                {
                    stop.Cancel();
                }
            }
        }

        public void Dispose()
        {
            lock (gate)
            {
                isOver = true;
                stop.Dispose();
            }
        }
    }
}
