using Godwit.Cluster.Messages;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Remote;

namespace Godwit.Cluster.Leading;

/// <summary>
/// Streams that other hosts carry: hosts fetch what they are to do and bring what they have read, nobody pushes. What a host that is not heard of any
/// more was at counts as undone; tickets are closed by whoever gave the order (S17).
/// </summary>
internal sealed class ChangeBoard(TimeProvider time) : IChangeHosts
{
    /// <summary>How long a host that could not carry a stream is given none.</summary>
    private static readonly TimeSpan RestAfterFault = TimeSpan.FromSeconds(30);

    /// <summary>How long a host waits for orders before it asks anew.</summary>
    private static readonly TimeSpan FetchMax = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, HostDesk> hosts = [];
    private readonly Dictionary<Guid, CarriedStream> streams = [];

    public bool HasRoom(int streams)
    {
        lock (gate)
        {
            return FindRoom(streams) is not null;
        }
    }

    public IChangeHost? TryTake(int streams)
    {
        lock (gate)
        {
            if (FindRoom(streams) is not { } desk)
            {
                return null;
            }

            var carried = new CarriedStream(this, desk);
            this.streams.Add(carried.Id, carried);
            desk.Streams++;
            return carried;
        }
    }

    /// <summary>Waits a while for something to do for a host.</summary>
    /// <param name="hostId">The host.</param>
    /// <param name="atWork">Orders and streams that it is at: one that was lost on its way is at nobody's.</param>
    internal async Task<ChangeOrder[]> FetchAsync(Guid hostId, Guid[] atWork)
    {
        using var limit = new CancellationTokenSource(FetchMax, time);
        while (true)
        {
            Task next;
            lock (gate)
            {
                var desk = Hear(hostId);
                next = desk.Came.Next;
                foreach (var stream in streams.Values.Where(one => one.Desk == desk))
                {
                    stream.Hear(atWork);
                }

                if (desk.Orders.Count > 0)
                {
                    var orders = desk.Orders.ToArray();
                    desk.Orders.Clear();
                    return orders;
                }
            }

            await next.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested)
            {
                return [];
            }
        }
    }

    /// <summary>A host brings what it has read, or asks again whether to go on.</summary>
    internal Task<StreamTerms> BringAsync(Guid stream, StreamReply? reply)
    {
        CarriedStream? carried;
        lock (gate)
        {
            if (streams.TryGetValue(stream, out carried))
            {
                _ = Hear(carried.Desk.HostId);
            }
        }

        return carried is null
            ? Task.FromResult(new StreamTerms(MoveSignal.Stop, 0, []))
            : carried.BringAsync(reply, time);
    }

    /// <summary>A host has carried out an order to write.</summary>
    internal void End(Guid stream, Guid order, WrittenText end)
    {
        lock (gate)
        {
            if (streams.TryGetValue(stream, out var carried))
            {
                carried.End(order, end);
            }
        }
    }

    /// <summary>Gives up what hosts were at that say nothing; to be called about once a second.</summary>
    internal void LookForSilent()
    {
        lock (gate)
        {
            foreach (var stream in streams.Values)
            {
                if (IsSilent(stream.Desk))
                {
                    stream.GiveUp("a host that carried a change stream is not heard of any more");
                }
                else
                {
                    stream.LookForLost();
                }
            }
        }
    }

    internal static ClusterException Away(string message) =>
        new(Side.Source, Stage.Changes, FaultKind.NeedsNewCursor, message);

    internal bool IsLong(long since) => time.GetElapsedTime(since) > RangeBoard.SilenceMax;

    /// <summary>Tells a host what to do.</summary>
    internal void Give(HostDesk desk, ChangeOrder order)
    {
        lock (gate)
        {
            desk.Orders.Enqueue(order);
        }

        desk.Came.Set();
    }

    internal long Now => time.GetTimestamp();

    /// <summary>Takes a stream from its host, but not what that keeps of it, where another has room and this one has more than its share.</summary>
    internal bool TryLeave(CarriedStream stream, int all)
    {
        lock (gate)
        {
            if (stream.HasLeft || FindRoom(all) is null || stream.Desk.Streams <= ShareOf(all, Present.Count))
            {
                return false;
            }

            stream.HasLeft = true;
            stream.Desk.Streams--;
            return true;
        }
    }

    /// <summary>Nobody counts on a stream any more.</summary>
    internal void Close(CarriedStream stream, bool hasFailed)
    {
        lock (gate)
        {
            if (streams.Remove(stream.Id))
            {
                stream.Desk.Streams -= stream.HasLeft ? 0 : 1;
                stream.Desk.RestsSince = hasFailed ? time.GetTimestamp() : stream.Desk.RestsSince;
            }
        }

        Give(stream.Desk, new(Guid.NewGuid(), stream.Id, IsClose: true));
    }

    private HostDesk Hear(Guid hostId)
    {
        if (!hosts.TryGetValue(hostId, out var desk))
        {
            hosts[hostId] = desk = new(hostId);
        }

        desk.HeardAt = time.GetTimestamp();
        return desk;
    }

    private bool IsSilent(HostDesk desk) => IsLong(desk.HeardAt);

    /// <summary>The host that carries least, if that is less than its share: all carry about as many, this one the first and what is left over.</summary>
    private HostDesk? FindRoom(int all)
    {
        foreach (var gone in hosts.Values.Where(one => one.Streams == 0 && IsSilent(one)).ToList())
        {
            _ = hosts.Remove(gone.HostId);
        }

        var present = Present;
        var share = ShareOf(all, present.Count);
        return present.Where(one => one.Streams < share && !IsResting(one)).MinBy(one => one.Streams);
    }

    private List<HostDesk> Present => [.. hosts.Values.Where(one => !IsSilent(one))];

    private static int ShareOf(int all, int present) => (all + present) / (present + 1);

    private bool IsResting(HostDesk desk) =>
        desk.RestsSince is { } since && time.GetElapsedTime(since) < RestAfterFault;

    /// <summary>What a host is to be told, and what it carries.</summary>
    internal sealed class HostDesk(Guid hostId)
    {
        internal Guid HostId => hostId;

        internal Queue<ChangeOrder> Orders { get; } = [];

        internal Pulse Came { get; } = new();

        internal int Streams { get; set; }

        internal long HeardAt { get; set; }

        /// <summary>Since when it is given nothing, because it could not carry what it had been given.</summary>
        internal long? RestsSince { get; set; }
    }
}
