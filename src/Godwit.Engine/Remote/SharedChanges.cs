using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Applying;
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
{
    private readonly ConcurrentDictionary<long, IChangeHost> carried = new();

    /// <summary>The host that keeps events under this mark; <see langword="null"/> if nobody does any more.</summary>
    internal IChangeHost? Find(long holder) => carried.GetValueOrDefault(holder);

    /// <summary>Opens a stream: on another host, if one has room for it, else here until one has.</summary>
    internal async Task<IChangeStream> OpenAsync(ChangeStreamRequest request, CancellationToken cancellationToken)
    {
        if (MayGo(request.Part, request.KeysOnly) && hosts.TryTake(request.Part!.Value.Of) is { } host)
        {
            try
            {
                return new HostedStream(
                    this,
                    host,
                    await host.OpenAsync(request, facilities, Terms(), cancellationToken)
                );
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

    private HoldingTerms Terms()
    {
        lock (state.Gate)
        {
            return new(state.Router.PlanCheckpoint(0).Floor, state.Ordered);
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
        private ChangeBatch? first;

        internal HostedStream(SharedChanges changes, IChangeHost host, ChangeBatch first)
        {
            (this.changes, this.host, this.first) = (changes, host, first);
            changes.carried[host.Holder] = host;
        }

        public Task<ChangeBatch> NextAsync(CancellationToken cancellationToken)
        {
            var batch = Interlocked.Exchange(ref first, null);
            return batch is null ? host.NextAsync(changes.Terms(), cancellationToken) : Task.FromResult(batch);
        }

        /// <summary>What of its events is still to be written is read again (S12).</summary>
        public async ValueTask DisposeAsync()
        {
            _ = changes.carried.TryRemove(host.Holder, out _);
            Interlocked.Exchange(ref first, null)?.Dispose();
            await host.DisposeAsync();
        }
    }
}
