using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Godwit.Bson;
using Godwit.Cluster.Messages;
using Godwit.Engine.Copying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;

namespace Godwit.Cluster.Leading;

/// <summary>
/// Ranges to be moved on one side, hosts with room on the other: hosts take, nobody pushes. A move whose host is not heard of any more is
/// given up; its tickets are closed by whoever ordered it, so that it may be moved by another at once (S17).
/// </summary>
internal sealed class MoveBoard(TimeProvider time) : IRangeHosts
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
    private readonly Dictionary<Guid, OpenMove> moves = [];
    private readonly Dictionary<Guid, long> heard = [];
    private int claimed;

    public async Task<IRangeHost> RentAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = offered.Next;
            lock (gate)
            {
                if (offers.Count > claimed)
                {
                    claimed++;
                    return new Room(this);
                }
            }

            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A host is there, and says which ranges it is moving: an order or a report that was lost leaves one that nobody moves.</summary>
    internal void Hear(Guid hostId, IReadOnlyCollection<Guid> atWork)
    {
        lock (gate)
        {
            heard[hostId] = time.GetTimestamp();
            foreach (var move in moves.Values.Where(move => move.HostId == hostId && atWork.Contains(move.Id)))
            {
                move.SeenAt = time.GetTimestamp();
            }
        }
    }

    /// <summary>A host has room for a range.</summary>
    /// <returns>The range; <see langword="null"/> if none has come, and the host shall ask again.</returns>
    internal async Task<MoveOrder?> TakeAsync(Guid hostId)
    {
        var offer = new Offer(hostId);
        lock (gate)
        {
            heard[hostId] = time.GetTimestamp();
            _ = offers.AddLast(offer);
        }

        offered.Set();
        using var limit = new CancellationTokenSource(TakeMax, time);
        await using var giveUp = limit.Token.Register(() => Withdraw(offer)).ConfigureAwait(false);
        return await offer.Order.Task.ConfigureAwait(false);
    }

    /// <summary>A host says what it has moved.</summary>
    internal async Task<MoveSignal> ReportAsync(Guid id, MovedNote? note)
    {
        OpenMove? move;
        lock (gate)
        {
            if (!moves.TryGetValue(id, out move))
            {
                return MoveSignal.Stop;
            }

            heard[move.HostId] = move.SeenAt = time.GetTimestamp();
        }

        // Room for one note more than is told to wait for: what is said is never lost.
        if (note is not null && !move.Notes.Writer.TryWrite(note))
        {
            return MoveSignal.Stop;
        }

        using var limit = new CancellationTokenSource(WaitMax, time);
        return await move.WhenFewAsync(NotesAhead, limit.Token).ConfigureAwait(false) ? MoveSignal.Go : MoveSignal.Wait;
    }

    /// <summary>A move has ended on its host.</summary>
    internal void End(Guid id, MoveEnd end)
    {
        lock (gate)
        {
            if (moves.TryGetValue(id, out var move))
            {
                _ = move.Notes.Writer.TryComplete(end.ToException());
            }
        }
    }

    /// <summary>Gives up the moves of hosts that say nothing; to be called about once a second.</summary>
    internal void LookForSilent()
    {
        lock (gate)
        {
            foreach (var move in moves.Values.Where(move => IsSilent(move.HostId) || IsLong(move.SeenAt)))
            {
                _ = move.Notes.Writer.TryComplete(
                    Away("a host that moved a range is not heard of any more, or does not move it")
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

    private OpenMove? TryGive(RangeMove move)
    {
        lock (gate)
        {
            while (offers.First is { } first)
            {
                offers.RemoveFirst();
                var id = Guid.NewGuid();
                var open = new OpenMove(id, first.Value.HostId) { SeenAt = time.GetTimestamp() };
                if (!IsSilent(open.HostId) && first.Value.Order.TrySetResult(MoveOrder.Of(id, move)))
                {
                    moves[id] = open;
                    return open;
                }
            }

            return null;
        }
    }

    private async Task<OpenMove> GiveAsync(RangeMove move, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var next = offered.Next;
            if (TryGive(move) is { } open)
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

    private async IAsyncEnumerable<MovedBatch> MoveAsync(
        RangeMove move,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var open = await GiveAsync(move, cancellationToken).ConfigureAwait(false);
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
            lock (gate)
            {
                _ = moves.Remove(open.Id);
            }
        }
    }

    private void Release()
    {
        lock (gate)
        {
            claimed--;
        }

        offered.Set();
    }

    private sealed record Offer(Guid HostId)
    {
        internal TaskCompletionSource<MoveOrder?> Order { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A range on a host.</summary>
    private sealed class OpenMove(Guid id, Guid hostId)
    {
        private readonly Pulse taken = new();

        internal Guid Id => id;

        internal Guid HostId => hostId;

        /// <summary>When the host has said last that it moves it.</summary>
        internal long SeenAt { get; set; }

        internal Channel<MovedNote> Notes { get; } = Channel.CreateUnbounded<MovedNote>();

        internal void Taken() => taken.Set();

        /// <summary>Waits until few notes are left to be taken; false if it takes too long.</summary>
        internal async Task<bool> WhenFewAsync(int most, CancellationToken cancellationToken)
        {
            while (true)
            {
                var next = taken.Next;
                if (Notes.Reader.Count <= most)
                {
                    return true;
                }

                await next.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (cancellationToken.IsCancellationRequested)
                {
                    return false;
                }
            }
        }
    }

    private sealed class Room(MoveBoard board) : IRangeHost
    {
        private bool isReleased;

        public IAsyncEnumerable<MovedBatch> MoveAsync(RangeMove move, CancellationToken cancellationToken)
        {
            Dispose();
            return board.MoveAsync(move, cancellationToken);
        }

        public void Dispose()
        {
            if (!isReleased)
            {
                isReleased = true;
                board.Release();
            }
        }
    }
}
