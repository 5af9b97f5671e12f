using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// A member's part in its replica set: role, term and votes, what it knows of the others. Decides about elections and the commit
/// point; <see cref="HeartbeatLoop"/> and <see cref="OplogPuller"/> drive it. State is guarded by one lock that is never held
/// while another member is asked. Members are told apart by their slots in the network, which stay; places in the configuration change.
/// </summary>
internal sealed partial class ReplicaMember
{
    private readonly Lock gate = new();
    private readonly Member member;
    private readonly VoteRecord votes;
    private readonly Heartbeat?[] heard;
    private readonly OpTime[] progress;
    private readonly DateTimeOffset?[] upSince;
    private readonly long?[] pings;
    private DateTimeOffset lastLeader;
    private DateTimeOffset noElectionBefore;
    private MemberState state = MemberState.Startup;
    private int primaryIndex = -1;
    private bool isInMaintenance;
    private bool isTooStale;
    private bool isSteppingDown;
    private bool seeksSource;

    internal ReplicaMember(Member member, MemberOptions options)
    {
        this.member = member;
        Network = options.Network ?? throw new ArgumentException("a member of a set needs its network");
        Index = options.Index;
        record = new ConfigRecord(options.DataDirectory, Network);
        config = record.Read(options.SetName) ?? options.Replica;
        birth = options.Birth;
        NeedsInitialSync = options.NeedsInitialSync || (birth is null && member.Node.LastApplied == OpTime.None);
        votes = new VoteRecord(options.DataDirectory);
        heard = new Heartbeat?[Network.Size];
        upSince = new DateTimeOffset?[Network.Size];
        pings = new long?[Network.Size];
        progress = [.. Enumerable.Repeat(OpTime.None, Network.Size)];
        lastLeader = Time.GetUtcNow();
        member.Node.AcceptsWrites = false;
    }

    /// <summary>Who can talk to whom.</summary>
    internal ReplicaNetwork Network { get; }

    /// <summary>This member's slot.</summary>
    internal int Index { get; }

    /// <summary>The member's data.</summary>
    internal Node Node => member.Node;

    /// <summary>The clock by which silence is told.</summary>
    internal TimeProvider Time => member.Options.Steady ?? member.Time;

    /// <summary>Whether the member stands still.</summary>
    internal bool IsStalled => member.Traffic.IsStalled;

    /// <summary>Whether a failpoint keeps it from applying what it could fetch.</summary>
    internal bool IsApplyingStopped => member.FsyncLock.IsHeld || member.FailPoints.Find("rsSyncApplyStop") is not null;

    /// <summary>Whether it has no data and waits for another member's: it neither serves, votes nor stands for election.</summary>
    internal bool NeedsInitialSync { get; private set; }

    /// <summary>Whether it takes writes.</summary>
    internal bool IsPrimary
    {
        get
        {
            lock (gate)
            {
                return state == MemberState.Primary && !isSteppingDown;
            }
        }
    }

    /// <summary>Raised when the role or the primary followed has changed.</summary>
    internal ChangeSignal RoleChanged => member.TopologyChanged;

    /// <summary>Raised when any member's progress is known to have moved, or the role changed.</summary>
    internal ChangeSignal ProgressChanged { get; } = new();

    /// <summary>Its role.</summary>
    internal MemberState State
    {
        get
        {
            lock (gate)
            {
                return state == MemberState.Secondary && (isInMaintenance || isTooStale)
                    ? MemberState.Recovering
                    : state;
            }
        }
    }

    /// <summary>The latest term it knows.</summary>
    internal long Term
    {
        get
        {
            lock (gate)
            {
                return votes.Term;
            }
        }
    }

    /// <summary>The slot of the member it follows; −1 if it knows none.</summary>
    internal int PrimaryIndex
    {
        get
        {
            lock (gate)
            {
                return primaryIndex;
            }
        }
    }

    /// <summary>The id of this election, larger in every later one.</summary>
    internal RawValue ElectionId
    {
        get
        {
            Span<byte> bytes = stackalloc byte[12];
            BinaryPrimitives.WriteInt32BigEndian(bytes, int.MaxValue);
            BinaryPrimitives.WriteInt64BigEndian(bytes[4..], Term);
            return RawValue.ObjectId(bytes);
        }
    }

    /// <summary>What was last heard of a member; <see langword="null"/> if nothing lately.</summary>
    internal Heartbeat? Heard(int index)
    {
        lock (gate)
        {
            return heard[index];
        }
    }

    /// <summary>How far each member is known to have come.</summary>
    internal IReadOnlyList<OpTime> Progress
    {
        get
        {
            lock (gate)
            {
                progress[Index] = Node.LastApplied;
                return [.. progress];
            }
        }
    }

    /// <summary>Since when a member has answered; <see langword="null"/> if it does not.</summary>
    internal DateTimeOffset? UpSince(int index)
    {
        lock (gate)
        {
            return upSince[index];
        }
    }

    /// <summary>How many milliseconds a heartbeat to a member takes, lately.</summary>
    internal long PingMilliseconds(int index)
    {
        lock (gate)
        {
            return pings[index] ?? 0;
        }
    }

    /// <summary>The slot of the member it fetches entries from; −1 for none.</summary>
    internal int SyncSource =>
        State is MemberState.Secondary or MemberState.Startup2 && !SeeksSource ? PrimaryIndex : -1;

    /// <summary>
    /// Whether it was primary and has followed nobody since: a member without a source looks for one from time to time, and is not woken
    /// by the news of an election (<c>BackgroundSync::_produce</c> of <c>bgsync.cpp</c>).
    /// </summary>
    internal bool SeeksSource
    {
        get
        {
            lock (gate)
            {
                return seeksSource;
            }
        }
    }

    /// <summary>It has found one, and follows.</summary>
    internal void FoundSource()
    {
        lock (gate)
        {
            seeksSource = false;
        }
    }

    /// <summary>The address of the primary; empty if it knows none.</summary>
    internal string PrimaryHost => PrimaryIndex is >= 0 and var slot ? Network.HostOf(slot) : "";

    /// <summary>Whether it takes over data from others at all.</summary>
    internal bool Follows =>
        State is MemberState.Secondary or MemberState.Recovering or MemberState.Startup2 or MemberState.Rollback;

    /// <summary>Runs a command that another member has passed on.</summary>
    internal ValueTask<CommandOutcome> RunAsync(
        CommandRequest request,
        Client client,
        CancellationToken cancellationToken
    ) => member.Dispatcher.ExecuteAsync(request, client, cancellationToken);

    /// <summary>Answers another member's heartbeat, and learns its configuration where that is later.</summary>
    internal Heartbeat AnswerHeartbeat(DateTimeOffset received, ReplicaConfig? askers)
    {
        if (askers is not null)
        {
            Learn(askers);
        }

        return new(Term, State, Node.LastApplied, IsElectable, SyncSource, CurrentConfig, received);
    }

    /// <summary>Joins the set, as a secondary if it has data or the set is new.</summary>
    internal void Start()
    {
        BeginHistory(CurrentConfig);
        lock (gate)
        {
            EnterUnderLock();
        }

        ConfigDocument.Keep(Node, () => CurrentConfig);
        member.RaiseTopologyChange();
    }

    /// <summary>Takes in what another member answered, or that it did not.</summary>
    internal void Hear(int index, Heartbeat? answer)
    {
        if (answer?.Config is { } others)
        {
            Learn(others);
        }

        bool changed;
        bool mustStepDown;
        lock (gate)
        {
            heard[index] = answer;
            upSince[index] = answer is null ? null : upSince[index] ?? answer.Received;
            mustStepDown = answer is not null && LearnTermUnderLock(answer.Term, votedFor: -1);
            if (answer is { State: MemberState.Primary } && answer.Term == votes.Term)
            {
                lastLeader = answer.Received;
                changed = SetPrimaryUnderLock(index);
            }
            else
            {
                changed = primaryIndex == index && SetPrimaryUnderLock(-1);
            }
        }

        if (mustStepDown)
        {
            // Before anything is made of the other's progress, which may be that of another history.
            StepDown(TimeSpan.Zero);
        }

        if (answer is not null)
        {
            ReportProgress(index, answer.LastApplied);
        }

        if (changed)
        {
            member.RaiseTopologyChange();
        }
    }

    /// <summary>Enters or leaves maintenance: a secondary that serves no reads.</summary>
    internal void SetMaintenance(bool isOn)
    {
        lock (gate)
        {
            isInMaintenance = isOn;
        }

        member.RaiseTopologyChange();
    }

    /// <summary>Notes whether the member has lost touch with the primary's oplog: it then serves nothing.</summary>
    internal void SetTooStale(bool isOn)
    {
        lock (gate)
        {
            if (isTooStale == isOn)
            {
                return;
            }

            isTooStale = isOn;
        }

        member.RaiseTopologyChange();
    }

    /// <summary>Notes how far a member has come; a primary moves the commit point.</summary>
    internal void ReportProgress(int index, OpTime applied)
    {
        lock (gate)
        {
            progress[index] = applied;
        }

        AdvanceCommitPoint();
        ProgressChanged.Raise();
    }

    /// <summary>Moves the commit point to what a majority has, once that is of this primary's term.</summary>
    internal void AdvanceCommitPoint()
    {
        if (State != MemberState.Primary)
        {
            return;
        }

        var progress = Progress;
        var voters = Config.Members.Where(one => one is { IsVoter: true, IsArbiter: false });
        var point = voters
            .Select(voter => Network.SlotOf(voter.Host) is >= 0 and var slot ? progress[slot] : OpTime.None)
            .OrderByDescending(time => time.Time)
            .ElementAt(Config.WriteMajority - 1);
        if (point.Term == Node.Term && point.Time > Node.CommitPoint.Time)
        {
            Node.CommitPoint = point;
            ProgressChanged.Raise();
        }
    }

    private bool SetPrimaryUnderLock(int index)
    {
        var changed = primaryIndex != index;
        primaryIndex = index;
        return changed;
    }
}
