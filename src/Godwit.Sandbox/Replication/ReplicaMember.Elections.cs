using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>How a member stands for election, votes, becomes primary and steps down.</summary>
internal sealed partial class ReplicaMember
{
    private ElectionRecord? standing;

    /// <summary>What it remembers of the last election it won.</summary>
    internal ElectionRecord? Won { get; private set; }

    /// <summary>What it remembers of the last election it voted in.</summary>
    internal ElectionRecord? Voted { get; private set; }

    /// <summary>Whether enough time has passed without a primary to stand for election.</summary>
    internal bool IsElectionDue(TimeSpan patience)
    {
        lock (gate)
        {
            var now = Time.GetUtcNow();
            return state == MemberState.Secondary
                && !isInMaintenance
                && !isTooStale
                && Self is { IsElectable: true }
                && primaryIndex < 0
                && now >= noElectionBefore
                && (now - lastLeader >= patience || Config.Members.Count == 1 || IsInitiatorUnderLock);
        }
    }

    // The first member of a new set need not wait for anyone's silence: there has been no primary.
    private bool IsInitiatorUnderLock =>
        votes.Term == 0 && Config.Members.Where(one => one.IsElectable).MaxBy(one => one.Priority) == Self;

    /// <summary>Whether a primary has lost its majority for too long.</summary>
    internal bool HasLostMajority(TimeSpan patience)
    {
        lock (gate)
        {
            var oldest = Time.GetUtcNow() - patience;
            return state == MemberState.Primary
                && Config.Members.Count(one => one.IsVoter && IsReachable(one.Host, oldest)) < Config.Majority;
        }
    }

    /// <summary>
    /// Asks the others for their vote in a new term; wins with a majority. A rehearsal comes first, so that a member that cannot
    /// win does not disturb the set with a new term.
    /// </summary>
    internal bool StandForElection(string reason = "electionTimeout")
    {
        long term;
        lock (gate)
        {
            if (
                state != MemberState.Secondary
                || Self is not { IsElectable: true }
                || Time.GetUtcNow() < noElectionBefore
            )
            {
                return false;
            }

            term = votes.Term + 1;
            lastLeader = Time.GetUtcNow();
        }

        var mine = Node.LastApplied;
        if (CountVotes(voter => voter.WouldVote(term, mine, Config)) < Config.Majority)
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
            standing = new(term, Index, Time.GetUtcNow(), mine, Node.CommitPoint, reason);
        }

        if (CountVotes(voter => voter.GiveVote(term, Index, mine, Config)) < Config.Majority)
        {
            return false;
        }

        CatchUp();
        return BecomePrimary(term);
    }

    /// <summary>Answers a candidate: yes, if its data are not behind and no one else has the vote in that term.</summary>
    internal bool GiveVote(long term, int candidate, OpTime candidateApplied, ReplicaConfig candidates)
    {
        bool isGiven;
        bool mustStepDown;
        lock (gate)
        {
            if (term < votes.Term)
            {
                return false;
            }

            // Of a later term a primary learns whether or not it gives its vote.
            mustStepDown = LearnTermUnderLock(term, votedFor: -1);
            isGiven =
                (votes.VotedFor < 0 || votes.VotedFor == candidate)
                && MayVoteUnderLock(candidate, candidateApplied, candidates);
            if (isGiven)
            {
                votes.Save(term, candidate);
                lastLeader = Time.GetUtcNow();
                Voted = new(term, candidate, lastLeader, Node.LastApplied, Node.CommitPoint, "");
            }
        }

        if (mustStepDown)
        {
            StepDown(TimeSpan.Zero);
        }

        return isGiven;
    }

    private bool WouldVote(long term, OpTime candidateApplied, ReplicaConfig candidates)
    {
        lock (gate)
        {
            return term > votes.Term && MayVoteUnderLock(-1, candidateApplied, candidates);
        }
    }

    // An arbiter does not help against a primary that it sees and that should rather be one.
    private bool MayVoteUnderLock(int candidate, OpTime candidateApplied, ReplicaConfig candidates) =>
        Self is { IsVoter: true } me
        && (me.IsArbiter || !NeedsInitialSync)
        && !Config.IsNewerThan(candidates)
        && !IsBehind(candidateApplied)
        && !(me.IsArbiter && candidate >= 0 && primaryIndex >= 0 && PriorityOf(primaryIndex) >= PriorityOf(candidate));

    private double PriorityOf(int slot) => Config.MemberAt(Network.HostOf(slot))?.Priority ?? 0;

    private int CountVotes(Func<ReplicaMember, bool> ask) =>
        (Self is { IsVoter: true } ? 1 : 0)
        + Config.Members.Count(one =>
            one.IsVoter && Network.SlotOf(one.Host) is var slot && slot != Index && Network.Ask(Index, slot, ask, false)
        );

    private bool IsReachable(string host, DateTimeOffset oldest) =>
        host == member.Host
        || (Network.SlotOf(host) is >= 0 and var slot && heard[slot] is { } answer && answer.Received >= oldest);

    /// <summary>
    /// Fetches what members that can be reached have beyond this one's last entry, before it begins to write: the primary it follows
    /// has taken no more since it learnt of the new term.
    /// </summary>
    private void CatchUp()
    {
        if (Config.Settings.CatchUpTimeoutMilliseconds == 0)
        {
            return;
        }

        for (var slot = 0; slot < Network.Size; slot++)
        {
            if (slot != Index)
            {
                _ = Network.Ask(
                    Index,
                    slot,
                    other =>
                    {
                        var mine = Node.LastApplied;
                        if (mine != OpTime.None && CommonPoint.Find(Node, other.Node) == mine)
                        {
                            Node.ApplyOplogEntries([.. other.Node.Oplog.ReadAfter(mine.Time)]);
                        }

                        return true;
                    },
                    false
                );
            }
        }
    }

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
                isSteppingDown = false;
                if (state != MemberState.Primary)
                {
                    return;
                }

                state = Self is null ? MemberState.Removed : MemberState.Secondary;
                Node.AcceptsWrites = false;
                _ = SetPrimaryUnderLock(-1);
                seeksSource = true;
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

    /// <summary>Takes no writes any more, while it waits for a secondary to catch up before it steps down. Says whether it was primary.</summary>
    internal bool BeginStepDown()
    {
        lock (Node.WriteLock)
        {
            lock (gate)
            {
                if (state != MemberState.Primary || isSteppingDown)
                {
                    return false;
                }

                isSteppingDown = true;
                Node.AcceptsWrites = false;
            }
        }

        member.RaiseTopologyChange();
        return true;
    }

    /// <summary>Takes writes again: nobody has caught up in time.</summary>
    internal void CancelStepDown()
    {
        lock (Node.WriteLock)
        {
            lock (gate)
            {
                if (!isSteppingDown || state != MemberState.Primary)
                {
                    return;
                }

                isSteppingDown = false;
                Node.AcceptsWrites = true;
            }
        }

        member.RaiseTopologyChange();
    }

    /// <summary>
    /// Asks one other member to stand at once rather than after its patience: of those that have all data and could be elected when they
    /// were last heard of, the one of the highest priority, the first of equals. If it does not win, nobody else is asked
    /// (<c>TopologyCoordinator::chooseElectionHandoffCandidate</c> of <c>topology_coordinator.cpp</c>).
    /// </summary>
    internal void HandOver()
    {
        var progress = Progress;
        var mine = Node.LastApplied.Time;
        var candidate = Config
            .Members.Where(one => one.IsElectable && one.Host != member.Host)
            .Select(one => (one.Priority, Slot: Network.SlotOf(one.Host)))
            .Where(one =>
                one.Slot >= 0
                && progress[one.Slot].Time >= mine
                && Heard(one.Slot) is { State: MemberState.Secondary, IsElectable: true }
            )
            .OrderByDescending(one => one.Priority)
            .Select(one => one.Slot)
            .FirstOrDefault(-1);
        _ = Network.Ask(Index, candidate, other => other.StandForElection("stepUpRequestSkipDryRun"), false);
    }

    private bool IsElectable
    {
        get
        {
            lock (gate)
            {
                return Self is { IsElectable: true }
                    && !isInMaintenance
                    && !isTooStale
                    && state is MemberState.Secondary or MemberState.Primary
                    && Time.GetUtcNow() >= noElectionBefore;
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

            SystemCollections.CreateBeforeFirstWrite(Node);
            _ = Node.AppendNoOp(new DocumentBuilder { { "msg", "new primary" } }.Build());
            SystemCollections.CreateForWork(Node);
        }

        // A configuration of an earlier term becomes this primary's own.
        _ = Install(
            Config with
            {
                Term = term,
                Version = Config.Term == ReplicaConfig.NoTerm && term > 1 ? Config.Version + 1 : Config.Version,
            }
        );
        AdvanceCommitPoint();
        member.RaiseTopologyChange();
        // A new primary says so at once, rather than at the others' next heartbeat, and hears what has become of them.
        var now = Time.GetUtcNow();
        var news = AnswerHeartbeat(now, null);
        var told = Config.Members.Select(one => Network.SlotOf(one.Host)).ToHashSet();
        Network.TellOthers(
            Index,
            other =>
            {
                // A process that belongs to no set yet must not take itself for one that was removed.
                if (told.Contains(other.Index))
                {
                    other.Hear(Index, news);
                    Hear(other.Index, other.AnswerHeartbeat(now, CurrentConfig));
                }
            }
        );
        return true;
    }

    private bool IsBehind(OpTime candidate)
    {
        var mine = Node.LastApplied;
        return candidate.Term < mine.Term || (candidate.Term == mine.Term && candidate.Time < mine.Time);
    }
}
