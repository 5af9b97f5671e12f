using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// A member's part in its replica set: role, term and votes, what it knows of the others. Decides about elections and the commit
/// point; <see cref="HeartbeatLoop"/> and <see cref="OplogPuller"/> drive it. State is guarded by one lock that is never held
/// while another member is asked.
/// </summary>
internal sealed class ReplicaMember
{
    /// <summary>What the first entry of a set's oplog says.</summary>
    internal const string BirthMessage = "initiating set";

    private readonly Lock gate = new();
    private readonly Member member;
    private readonly VoteRecord votes;
    private readonly Heartbeat?[] heard;
    private readonly OpTime[] progress;
    private DateTimeOffset lastLeader;
    private DateTimeOffset noElectionBefore;
    private MemberState state = MemberState.Startup;
    private int primaryIndex = -1;
    private bool isInMaintenance;
    private bool isTooStale;
    private ElectionRecord? standing;

    internal ReplicaMember(Member member, MemberOptions options)
    {
        this.member = member;
        Config = options.Replica ?? throw new ArgumentException("a member of a set needs its configuration");
        Network = options.Network ?? throw new ArgumentException("a member of a set needs its network");
        Index = options.Index;
        NeedsInitialSync = options.NeedsInitialSync;
        votes = new VoteRecord(options.DataDirectory);
        heard = new Heartbeat?[Config.Hosts.Count];
        progress = [.. Enumerable.Repeat(OpTime.None, Config.Hosts.Count)];
        lastLeader = Time.GetUtcNow();
        member.Node.AcceptsWrites = false;
    }

    /// <summary>The set's configuration.</summary>
    internal ReplicaConfig Config { get; }

    /// <summary>Who can talk to whom.</summary>
    internal ReplicaNetwork Network { get; }

    /// <summary>This member's position in the configuration.</summary>
    internal int Index { get; }

    /// <summary>The member's data.</summary>
    internal Node Node => member.Node;

    /// <summary>The member's clock.</summary>
    internal TimeProvider Time => member.Time;

    /// <summary>Whether the member stands still.</summary>
    internal bool IsStalled => member.Traffic.IsStalled;

    /// <summary>Whether a failpoint keeps it from applying what it could fetch.</summary>
    internal bool IsApplyingStopped => member.FailPoints.Find("rsSyncApplyStop") is not null;

    /// <summary>Whether it has no data and waits for another member's: it neither serves, votes nor stands for election.</summary>
    internal bool NeedsInitialSync { get; }

    /// <summary>Whether it takes writes.</summary>
    internal bool IsPrimary => State == MemberState.Primary;

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

    /// <summary>The member it follows; −1 if it knows none.</summary>
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

    /// <summary>The member it fetches entries from; −1 for none.</summary>
    internal int SyncSource => State == MemberState.Secondary ? PrimaryIndex : -1;

    /// <summary>Runs a command that another member has passed on.</summary>
    internal ValueTask<CommandOutcome> RunAsync(
        CommandRequest request,
        Client client,
        CancellationToken cancellationToken
    ) => member.Dispatcher.ExecuteAsync(request, client, cancellationToken);

    /// <summary>What it remembers of the last election it won.</summary>
    internal ElectionRecord? Won { get; private set; }

    /// <summary>What it remembers of the last election it voted in.</summary>
    internal ElectionRecord? Voted { get; private set; }

    /// <summary>Answers another member's heartbeat.</summary>
    internal Heartbeat AnswerHeartbeat(DateTimeOffset received) =>
        new(Term, State, Node.LastApplied, SyncSource, received);

    /// <summary>Joins the set, as a secondary if it has data or the set is new.</summary>
    internal void Start()
    {
        lock (gate)
        {
            state = NeedsInitialSync ? MemberState.Startup2 : MemberState.Secondary;
        }

        member.RaiseTopologyChange();
    }

    /// <summary>Takes in what another member answered, or that it did not.</summary>
    internal void Hear(int index, Heartbeat? answer)
    {
        bool changed;
        bool mustStepDown;
        lock (gate)
        {
            heard[index] = answer;
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

    /// <summary>Whether enough time has passed without a primary to stand for election.</summary>
    internal bool IsElectionDue(TimeSpan patience)
    {
        lock (gate)
        {
            var now = Time.GetUtcNow();
            return state == MemberState.Secondary
                && !isInMaintenance
                && !isTooStale
                && primaryIndex < 0
                && now >= noElectionBefore
                && (now - lastLeader >= patience || Config.Hosts.Count == 1);
        }
    }

    /// <summary>Whether a primary has lost its majority for too long.</summary>
    internal bool HasLostMajority(TimeSpan patience)
    {
        lock (gate)
        {
            var oldest = Time.GetUtcNow() - patience;
            return state == MemberState.Primary
                && 1 + heard.Count(answer => answer is not null && answer.Received >= oldest) < Config.Majority;
        }
    }

    /// <summary>
    /// Asks the others for their vote in a new term; wins with a majority. A rehearsal comes first, so that a member that cannot
    /// win does not disturb the set with a new term.
    /// </summary>
    internal bool StandForElection()
    {
        long term;
        lock (gate)
        {
            if (state != MemberState.Secondary || Time.GetUtcNow() < noElectionBefore)
            {
                return false;
            }

            term = votes.Term + 1;
            lastLeader = Time.GetUtcNow();
        }

        var mine = Node.LastApplied;
        if (CountVotes(voter => voter.WouldVote(term, mine)) < Config.Majority)
        {
            return false;
        }

        lock (gate)
        {
            if (state != MemberState.Secondary || votes.Term >= term)
            {
                return false;
            }

            votes.Save(term, Index);
            standing = new(term, Index, Time.GetUtcNow(), mine, Node.CommitPoint, "electionTimeout");
        }

        return CountVotes(voter => voter.GiveVote(term, Index, mine)) >= Config.Majority && BecomePrimary(term);
    }

    /// <summary>Answers a candidate: yes, if its data are not behind and no one else has the vote in that term.</summary>
    internal bool GiveVote(long term, int candidate, OpTime candidateApplied)
    {
        bool mustStepDown;
        lock (gate)
        {
            if (
                NeedsInitialSync
                || term < votes.Term
                || (term == votes.Term && votes.VotedFor != candidate)
                || IsBehind(candidateApplied)
            )
            {
                return false;
            }

            mustStepDown = LearnTermUnderLock(term, candidate);
            lastLeader = Time.GetUtcNow();
            Voted = new(term, candidate, lastLeader, Node.LastApplied, Node.CommitPoint, "");
        }

        if (mustStepDown)
        {
            StepDown(TimeSpan.Zero);
        }

        return true;
    }

    private bool WouldVote(long term, OpTime candidateApplied)
    {
        lock (gate)
        {
            return !NeedsInitialSync && term > votes.Term && !IsBehind(candidateApplied);
        }
    }

    private int CountVotes(Func<ReplicaMember, bool> ask) =>
        1 + Enumerable.Range(0, Config.Hosts.Count).Count(i => i != Index && Network.Ask(Index, i, ask, false));

    // Says whether a primary has learnt that its own term is over.
    private bool LearnTermUnderLock(long term, int votedFor)
    {
        if (term <= votes.Term)
        {
            return false;
        }

        votes.Save(term, votedFor);
        return state == MemberState.Primary;
    }

    /// <summary>Gives up the primary's role; does not stand for election again for the given time.</summary>
    internal void StepDown(TimeSpan freeze)
    {
        lock (Node.WriteLock)
        {
            lock (gate)
            {
                noElectionBefore = Time.GetUtcNow() + freeze;
                if (state != MemberState.Primary)
                {
                    return;
                }

                state = MemberState.Secondary;
                Node.AcceptsWrites = false;
                _ = SetPrimaryUnderLock(-1);
                lastLeader = Time.GetUtcNow();
            }
        }

        member.Operations.KillWhere(
            operation => operation.Context.Traits.OnSecondary == SecondaryUse.Never,
            ErrorCode.InterruptedDueToReplStateChange
        );
        member.InterruptTransactions();
        ProgressChanged.Raise();
        member.RaiseTopologyChange();
    }

    /// <summary>Lets the most advanced other member stand for election at once, rather than after its patience.</summary>
    internal void HandOver()
    {
        var progress = Progress;
        foreach (var i in Enumerable.Range(0, progress.Count).OrderByDescending(i => progress[i].Time))
        {
            if (i != Index && Network.Ask(Index, i, other => other.StandForElection(), false))
            {
                return;
            }
        }
    }

    /// <summary>Does not stand for election for a time; zero lifts it.</summary>
    internal void Freeze(TimeSpan duration)
    {
        lock (gate)
        {
            noElectionBefore = Time.GetUtcNow() + duration;
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
        if (!IsPrimary)
        {
            return;
        }

        var point = Progress.OrderByDescending(time => time.Time).ElementAt(Config.Majority - 1);
        if (point.Term == Node.Term && point.Time > Node.CommitPoint.Time)
        {
            Node.CommitPoint = point;
            ProgressChanged.Raise();
        }
    }

    private bool BecomePrimary(long term)
    {
        lock (Node.WriteLock)
        {
            lock (gate)
            {
                if (state != MemberState.Secondary || votes.Term != term || votes.VotedFor != Index)
                {
                    return false;
                }

                state = MemberState.Primary;
                Node.Term = term;
                Node.AcceptsWrites = true;
                Won = standing;
                _ = SetPrimaryUnderLock(Index);
            }

            if (Node.LastApplied.Time == ClusterTime.Zero)
            {
                _ = Node.AppendNoOp(new DocumentBuilder { { "msg", BirthMessage } }.Build());
            }

            _ = Node.AppendNoOp(new DocumentBuilder { { "msg", "new primary" } }.Build());
        }

        AdvanceCommitPoint();
        member.RaiseTopologyChange();
        // A new primary says so at once, rather than at the others' next heartbeat.
        var news = AnswerHeartbeat(Time.GetUtcNow());
        Network.TellOthers(Index, other => other.Hear(Index, news));
        return true;
    }

    private bool IsBehind(OpTime candidate)
    {
        var mine = Node.LastApplied;
        return candidate.Term < mine.Term || (candidate.Term == mine.Term && candidate.Time < mine.Time);
    }

    private bool SetPrimaryUnderLock(int index)
    {
        var changed = primaryIndex != index;
        primaryIndex = index;
        return changed;
    }
}
