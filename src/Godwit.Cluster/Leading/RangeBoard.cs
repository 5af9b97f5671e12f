using System.Runtime.CompilerServices;
using Godwit.Bson;
using Godwit.Cluster.Messages;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Verifying;

namespace Godwit.Cluster.Leading;

/// <summary>
/// Ranges to be moved or summed up on one side, hosts with room on the other: hosts take, nobody pushes. Work whose host is not heard of
/// any more is given up; tickets are closed by whoever ordered it, so that a range may be moved by another at once (S17).
/// </summary>
internal sealed class RangeBoard(TimeProvider time) : IRangeHosts
{
    /// <summary>How long a host may say nothing.</summary>
    internal static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    /// <summary>How long a host waits for a range before it asks anew; below what calls between hosts may take.</summary>
    internal static readonly TimeSpan TakeMax = TimeSpan.FromSeconds(10);

    /// <summary>How long a host is told to wait at once.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    private const int NotesAhead = 2;
    private readonly Lock gate = new();
    private readonly Pulse offered = new();
    private readonly LinkedList<Offer> offers = new();
    private readonly LinkedList<TaskCompletionSource<IRangeHost>> renters = new();
    private readonly Dictionary<Guid, OpenOrder> orders = [];
    private readonly Dictionary<Guid, long> heard = [];
    private int claimed;

    /// <summary>First come, first served.</summary>
    public async Task<IRangeHost> RentAsync(CancellationToken cancellationToken)
    {
        var renter = new TaskCompletionSource<IRangeHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            _ = renters.AddLast(renter);
            ServeRenters();
        }

        await using var withdrawal = cancellationToken
            .Register(() =>
            {
                lock (gate)
                {
                    _ = renters.Remove(renter);
                }

                _ = renter.TrySetCanceled(cancellationToken);
            })
            .ConfigureAwait(false);
        return await renter.Task.ConfigureAwait(false);
    }

    /// <summary>A host is there, and says what it is at work on: an order or a report that was lost leaves a range that nobody works on.</summary>
    internal void Hear(Guid hostId, IReadOnlyCollection<Guid> atWork)
    {
        lock (gate)
        {
            heard[hostId] = time.GetTimestamp();
            foreach (var order in orders.Values.Where(order => order.HostId == hostId && atWork.Contains(order.Id)))
            {
                order.SeenAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>A host has room for a range.</summary>
    /// <returns>The range; <see langword="null"/> if none has come, and the host shall ask again.</returns>
    internal async Task<RangeOrder?> TakeAsync(Guid hostId)
    {
        var offer = new Offer(hostId);
        lock (gate)
        {
            heard[hostId] = time.GetTimestamp();
            _ = offers.AddLast(offer);
            ServeRenters();
        }

        offered.Set();
        using var limit = new CancellationTokenSource(TakeMax, time);
        await using var giveUp = limit.Token.Register(() => Withdraw(offer)).ConfigureAwait(false);
        return await offer.Order.Task.ConfigureAwait(false);
    }

    /// <summary>A host says what it has moved.</summary>
    internal async Task<MoveSignal> ReportAsync(Guid id, MovedNote? note)
    {
        OpenOrder? order;
        lock (gate)
        {
            if (!orders.TryGetValue(id, out order))
            {
                return MoveSignal.Stop;
            }

            heard[order.HostId] = order.SeenAt = time.GetTimestamp();
        }

        // Room for one note more than is told to wait for: what is said is never lost.
        if (note is not null && !order.Notes.Writer.TryWrite(note))
        {
            return MoveSignal.Stop;
        }

        using var limit = new CancellationTokenSource(WaitMax, time);
        return await order.WhenFewAsync(NotesAhead, limit.Token).ConfigureAwait(false)
            ? MoveSignal.Go
            : MoveSignal.Wait;
    }

    /// <summary>The work on a range has ended on its host.</summary>
    internal void End(Guid id, RangeEnd end)
    {
        lock (gate)
        {
            if (orders.TryGetValue(id, out var order))
            {
                order.Sums = end.ToSums();
                _ = order.Notes.Writer.TryComplete(end.ToException());
            }
        }
    }

    /// <summary>Gives up the work of hosts that say nothing; to be called about once a second.</summary>
    internal void LookForSilent()
    {
        lock (gate)
        {
            foreach (var order in orders.Values.Where(order => IsSilent(order.HostId) || IsLong(order.SeenAt)))
            {
                _ = order.Notes.Writer.TryComplete(
                    Away("a host that had taken a range is not heard of any more, or does not work on it")
                );
            }
        }
    }

    private bool IsSilent(Guid hostId) => IsLong(heard.GetValueOrDefault(hostId));

    private bool IsLong(long since) => time.GetElapsedTime(since) > SilenceMax;

    private static ClusterException Away(string message) =>
        new(Side.Destination, Stage.Write, FaultKind.Transient, message);

    private void Withdraw(Offer offer)
    {
        lock (gate)
        {
            _ = offers.Remove(offer);
        }

        _ = offer.Order.TrySetResult(null);
    }

    /// <summary>Lets as many in as there are hosts with room that nobody has a claim to.</summary>
    private void ServeRenters()
    {
        while (offers.Count > claimed && renters.First is { } first)
        {
            renters.RemoveFirst();
            claimed += first.Value.TrySetResult(new Room(this)) ? 1 : 0;
        }
    }

    /// <summary>A claim is given up: nothing was made of it.</summary>
    private void Release()
    {
        lock (gate)
        {
            claimed--;
            ServeRenters();
        }

        offered.Set();
    }

    /// <summary>Makes use of a claim.</summary>
    private OpenOrder? TryGive(Func<Guid, RangeOrder> make)
    {
        lock (gate)
        {
            while (offers.First is { } first)
            {
                offers.RemoveFirst();
                var order = make(Guid.NewGuid());
                var open = new OpenOrder(first.Value.HostId, order.Id) { SeenAt = time.GetTimestamp() };
                if (!IsSilent(open.HostId) && first.Value.Order.TrySetResult(order))
                {
                    claimed--;
                    return orders[open.Id] = open;
                }
            }

            return null;
        }
    }

    private async Task<OpenOrder> GiveAsync(Func<Guid, RangeOrder> make, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var next = offered.Next;
            if (TryGive(make) is { } open)
            {
                return open;
            }

            var left = SilenceMax - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                throw Away("no other host has room for a range any more");
            }

            await Task.WhenAny(next, Task.Delay(left, time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The range is not counted on any more, or is done: what its host says from now on is not heard.</summary>
    private void Close(OpenOrder order)
    {
        lock (gate)
        {
            _ = orders.Remove(order.Id);
        }
    }

    private sealed record Offer(Guid HostId)
    {
        internal TaskCompletionSource<RangeOrder?> Order { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A claim to the room of one of the hosts, whichever it will be.</summary>
    private sealed class Room(RangeBoard board) : IRangeHost
    {
        private bool isUsed;

        public async IAsyncEnumerable<MovedBatch> MoveAsync(
            RangeMove move,
            [EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            var open = await GiveAsync(id => new(id, MoveOrder.Of(move), null), cancellationToken)
                .ConfigureAwait(false);
            try
            {
                await foreach (var note in open.Notes.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                {
                    open.Taken();
                    yield return new(new(note.Documents, note.Bytes), new((BsonType)note.LastIdType, note.LastId));
                }
            }
            finally
            {
                board.Close(open);
            }
        }

        public async Task<RangeSums> SumAsync(RangePair pair, CancellationToken cancellationToken)
        {
            var open = await GiveAsync(id => new(id, null, SumOrder.Of(pair)), cancellationToken).ConfigureAwait(false);
            try
            {
                await open.Notes.Reader.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
                return open.Sums ?? throw Away("a host has said nothing of a range that it had read");
            }
            finally
            {
                board.Close(open);
            }
        }

        public void Dispose()
        {
            if (!isUsed)
            {
                isUsed = true;
                board.Release();
            }
        }

        private async Task<OpenOrder> GiveAsync(Func<Guid, RangeOrder> make, CancellationToken cancellationToken)
        {
            var open = await board.GiveAsync(make, cancellationToken).ConfigureAwait(false);
            isUsed = true;
            return open;
        }
    }
}
