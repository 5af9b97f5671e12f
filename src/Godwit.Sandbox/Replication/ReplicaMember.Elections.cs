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
                && primaryIndex < 0
                && now >= noElectionBefore
                && (now - lastLeader >= patience || Config.Hosts.Count == 1 || IsInitiatorUnderLock);
        }
    }

    // The first member of a new set need not wait for anyone's silence: there has been no primary.
    private bool IsInitiatorUnderLock => Index == 0 && votes.Term == 0;

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
}
