using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Remote;

/// <summary>
/// The streams of a life that other hosts carry, and the way back to what they keep. The first stream stays here, and every other while nobody
/// has room for it.
/// </summary>
/// <param name="hosts">The hosts.</param>
/// <param name="source">The source.</param>
/// <param name="facilities">Those that this life has found on the source: what its streams show depends on them.</param>
/// <param name="state">The life.</param>
internal sealed class SharedChanges(IChangeHosts hosts, ISourceCluster source, RawDocument facilities, SyncState state)
    : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, IChangeHost> carried = new();

    /// <summary>Hosts whose streams others read on, and the time up to which their events may still be asked for.</summary>
    private readonly ConcurrentDictionary<IChangeHost, ClusterTime> left = new();

    /// <summary>The host that keeps events under this mark; <see langword="null"/> if nobody does any more.</summary>
    internal IChangeHost? Find(long holder) => carried.GetValueOrDefault(holder);

    /// <summary>Opens a stream: on another host, if one has room for it, else here until one has.</summary>
    internal async Task<IChangeStream> OpenAsync(ChangeStreamRequest request, CancellationToken cancellationToken)
    {
        if (MayGo(request.Part, request.KeysOnly) && hosts.TryTake(request.Part!.Value.Of) is { } host)
        {
            try
            {
                var first = await host.OpenAsync(request, facilities, await TermsAsync(), cancellationToken);
                return new HostedStream(this, host, request.Part.Value.Of, first);
            }
            catch (ClusterException)
            {
                // Whatever that host lacks, this one may not.
                await host.DisposeAsync();
            }
        }

        var own = await source.OpenChangesAsync(request, cancellationToken);
        return MayGo(request.Part, request.KeysOnly) ? Watch(own, request.Part!.Value, hasReplied: false) : own;
    }

    /// <summary>A stream that was opened here, and has replied, goes to another host as soon as one has room for it.</summary>
    internal IChangeStream Watch(IChangeStream own, StreamPart? part) =>
        MayGo(part, keysOnly: false) ? Watch(own, part!.Value, hasReplied: true) : own;

    private OwnStream Watch(IChangeStream own, StreamPart part, bool hasReplied) =>
        new(own, () => hosts.HasRoom(part.Of), hasReplied, state.Counters);

    private static bool MayGo(StreamPart? part, bool keysOnly) => !keysOnly && part is { Index: > 0 };

    /// <summary>Lets go of what other hosts still keep of streams that are read elsewhere by now; to be called once nothing is written any more.</summary>
    public ValueTask DisposeAsync() => LetGoAsync(ClusterTime.MaxValue);

    private async Task<HoldingTerms> TermsAsync()
    {
        HoldingTerms terms;
        lock (state.Gate)
        {
            terms = new(state.Router.PlanCheckpoint(0).Floor, state.Ordered);
        }

        await LetGoAsync(terms.Settled);
        return terms;
    }

    private async ValueTask LetGoAsync(ClusterTime settled)
    {
        foreach (var (host, through) in left)
        {
            if (through <= settled && left.TryRemove(host, out _))
            {
                _ = carried.TryRemove(host.Holder, out _);
                await host.DisposeAsync();
            }
        }
    }

    private sealed class OwnStream : IChangeStream
    {
        private readonly IChangeStream own;
        private readonly Func<bool> isRoomElsewhere;
        private readonly Counters counters;
        private bool hasReplied;

        internal OwnStream(IChangeStream own, Func<bool> isRoomElsewhere, bool hasReplied, Counters counters)
        {
            (this.own, this.isRoomElsewhere, this.hasReplied) = (own, isRoomElsewhere, hasReplied);
            this.counters = counters;
            counters.AddOwnStream();
        }

        /// <summary>Whoever opens it waits for its first reply, and takes no other answer.</summary>
        public async Task<ChangeBatch> NextAsync(CancellationToken cancellationToken)
        {
            if (hasReplied && isRoomElsewhere())
            {
                throw new ClusterException(
                    Side.Source,
                    Stage.Changes,
                    FaultKind.NeedsNewCursor,
                    "another host has room for this stream"
                );
            }

            var batch = await own.NextAsync(cancellationToken);
            hasReplied = true;
            return batch;
        }

        public ValueTask DisposeAsync()
        {
            counters.RemoveOwnStream();
            return own.DisposeAsync();
        }
    }

    /// <summary>A stream that another host reads.</summary>
    private sealed class HostedStream : IChangeStream
    {
        private readonly SharedChanges changes;
        private readonly IChangeHost host;
        private readonly int streams;
        private ChangeBatch? first;
        private bool hasLeft;

        /// <summary>The time that nothing it has brought is later than.</summary>
        private ClusterTime through;

        internal HostedStream(SharedChanges changes, IChangeHost host, int streams, ChangeBatch first)
        {
            (this.changes, this.host, this.streams, this.first) = (changes, host, streams, first);
            changes.carried[host.Holder] = host;
        }

        public async Task<ChangeBatch> NextAsync(CancellationToken cancellationToken)
        {
            var batch = Interlocked.Exchange(ref first, null);
            if (batch is null && host.TryLeave(streams))
            {
                hasLeft = true;
                throw new ClusterException(
                    Side.Source,
                    Stage.Changes,
                    FaultKind.NeedsNewCursor,
                    "another host carries less, and reads this stream on"
                );
            }

            batch ??= await host.NextAsync(await changes.TermsAsync(), cancellationToken);
            var token = batch.PostBatchResumeToken;
            through = token.IsEmpty ? through : ResumeToken.TimeOf(token);
            return batch;
        }

        /// <summary>
        /// What of its events is still to be written is read again (S12), unless the host is there and another only reads the stream on: then it
        /// writes what it has brought.
        /// </summary>
        public ValueTask DisposeAsync()
        {
            Interlocked.Exchange(ref first, null)?.Dispose();
            if (hasLeft)
            {
                _ = changes.left.TryAdd(host, through);
                return ValueTask.CompletedTask;
            }

            _ = changes.carried.TryRemove(host.Holder, out _);
            return host.DisposeAsync();
        }
    }
}
