using System.Security.Cryptography;
using System.Threading.Channels;
using Godwit.Bson;
using Godwit.Cluster.Messages;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;

namespace Godwit.Cluster.Leading;

/// <summary>A stream that another host carries, as the leader sees it.</summary>
internal sealed class CarriedStream(ChangeBoard board, ChangeBoard.HostDesk desk) : IChangeHost
{
    /// <summary>Replies that wait here before the host is told to wait.</summary>
    private const int RepliesAhead = 1;

    /// <summary>How long a host is told to wait at once.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(3);

    private readonly Channel<StreamReply> replies = Channel.CreateUnbounded<StreamReply>();
    private readonly Dictionary<Guid, OpenWrite> writes = [];
    private readonly Lock gate = new();
    private readonly Pulse taken = new();
    private volatile HoldingTerms terms = new(ClusterTime.Zero, []);
    private bool hasFailed;
    private bool isOver;
    private long seenAt = board.Now;

    internal Guid Id { get; } = Guid.NewGuid();

    internal ChangeBoard.HostDesk Desk => desk;

    /// <summary>Whether another host reads the stream on, and this one only writes what it has read.</summary>
    internal bool HasLeft { get; set; }

    public long Holder { get; } = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) | 1;

    public async Task<ChangeBatch> OpenAsync(
        ChangeStreamRequest request,
        RawDocument facilities,
        HoldingTerms now,
        CancellationToken cancellationToken
    )
    {
        terms = now;
        board.Give(desk, new(Guid.NewGuid(), Id, Open: StreamText.From(request, Holder, facilities, now.Whole)));
        return await ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task<ChangeBatch> NextAsync(HoldingTerms now, CancellationToken cancellationToken)
    {
        terms = now;
        taken.Set();
        return ReadAsync(cancellationToken);
    }

    public bool TryLeave(int streams) => board.TryLeave(this, streams);

    public async Task<LaneEnd> WriteAsync(LaneOrder order, CancellationToken cancellationToken)
    {
        var open = new OpenWrite(Guid.NewGuid(), board.Now);
        lock (gate)
        {
            if (isOver)
            {
                throw ChangeBoard.Away("the host that keeps these changes is gone");
            }

            writes.Add(open.Id, open);
        }

        try
        {
            board.Give(desk, new(open.Id, Id, Write: LaneText.From(order)));
            var end = await open.End.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return end.Fault?.ToException() is { } fault
                ? throw fault
                : new(Packed.To<bool>(end.AreDone), end.MayPass, 0, end.Took);
        }
        finally
        {
            lock (gate)
            {
                _ = writes.Remove(open.Id);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        GiveUp("nobody follows this stream any more");
        board.Close(this, hasFailed);
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes a reply, and answers when it is time for another.</summary>
    internal async Task<StreamTerms> BringAsync(StreamReply? reply, TimeProvider time)
    {
        seenAt = board.Now;
        hasFailed |= reply?.End is not null;
        if (reply is not null && !replies.Writer.TryWrite(reply))
        {
            return new(MoveSignal.Stop, 0, []);
        }

        using var limit = new CancellationTokenSource(WaitMax, time);
        while (true)
        {
            var next = taken.Next;
            if (replies.Reader.Count <= RepliesAhead)
            {
                return Terms(MoveSignal.Go);
            }

            await next.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested)
            {
                return Terms(MoveSignal.Wait);
            }
        }
    }

    /// <summary>The host says what it is at.</summary>
    internal void Hear(Guid[] atWork)
    {
        lock (gate)
        {
            seenAt = atWork.Contains(Id) ? board.Now : seenAt;
            foreach (var write in writes.Values.Where(one => atWork.Contains(one.Id)))
            {
                write.SeenAt = board.Now;
            }
        }
    }

    internal void End(Guid order, WrittenText end)
    {
        lock (gate)
        {
            if (writes.TryGetValue(order, out var write))
            {
                _ = write.End.TrySetResult(end);
            }
        }
    }

    /// <summary>Gives up what the host is not at, though it is there: an order, or its answer, was lost on the way.</summary>
    internal void LookForLost()
    {
        if (board.IsLong(seenAt))
        {
            hasFailed = true;
            GiveUp("a host does not read a change stream that it was given");
            return;
        }

        lock (gate)
        {
            foreach (var write in writes.Values.Where(one => board.IsLong(one.SeenAt)))
            {
                _ = write.End.TrySetException(ChangeBoard.Away("a host does not write what it was told to"));
            }
        }
    }

    internal void GiveUp(string reason)
    {
        _ = replies.Writer.TryComplete(ChangeBoard.Away(reason));
        lock (gate)
        {
            isOver = true;
            foreach (var write in writes.Values)
            {
                _ = write.End.TrySetException(ChangeBoard.Away(reason));
            }
        }
    }

    private StreamTerms Terms(MoveSignal signal)
    {
        var now = terms;
        return new(signal, (long)now.Settled.Packed, [.. now.Whole]);
    }

    private async Task<ChangeBatch> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var reply = await replies.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            taken.Set();
            return reply.End?.ToException() is { } end ? throw Broken(end) : reply.ToBatch();
        }
        catch (ChannelClosedException gone)
        {
            throw gone.InnerException as ClusterException ?? ChangeBoard.Away(gone.Message);
        }
    }

    /// <summary>What one host cannot do another may: only lost history is so for all.</summary>
    private static Exception Broken(Exception end) =>
        end is ClusterException { Kind: not FaultKind.HistoryLost } fault
            ? new ClusterException(fault.Side, fault.Stage, FaultKind.NeedsNewCursor, fault.Message, fault.Code)
            : end;

    private sealed record OpenWrite(Guid Id, long OrderedAt)
    {
        internal long SeenAt { get; set; } = OrderedAt;

        internal TaskCompletionSource<WrittenText> End { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
