using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>How a member comes to its configuration, and what it then is.</summary>
internal sealed partial class ReplicaMember
{
    private readonly ConfigRecord record;
    private ReplicaConfig? config;
    private RawDocument? birth;
    private OpTime committedBefore;
    private DateTimeOffset? outranksSince;

    /// <summary>The configuration it knows; <see langword="null"/> before the set is initiated or the member added.</summary>
    internal ReplicaConfig? CurrentConfig => Volatile.Read(ref config);

    /// <summary>The set's configuration.</summary>
    internal ReplicaConfig Config =>
        CurrentConfig ?? throw new InvalidOperationException("the member has no configuration yet");

    /// <summary>What the configuration says of this member; <see langword="null"/> if it does not belong to the set.</summary>
    internal MemberConfig? Self => CurrentConfig?.MemberAt(member.Host);

    /// <summary>The newest operation that a majority had when the configuration became this one.</summary>
    internal OpTime CommittedBefore
    {
        get
        {
            lock (gate)
            {
                return committedBefore;
            }
        }
    }

    /// <summary>Whether a majority of the voters knows this member's configuration.</summary>
    internal bool IsConfigCommitted
    {
        get
        {
            var mine = Config;
            lock (gate)
            {
                return mine.Members.Count(one =>
                        one.IsVoter
                        && (
                            one.Host == member.Host
                            || (
                                Network.SlotOf(one.Host) is >= 0 and var slot
                                && heard[slot]?.Config is { } known
                                && known.Version == mine.Version
                                && known.Term == mine.Term
                            )
                        )
                    ) >= mine.Majority;
            }
        }
    }

    /// <summary>Takes a configuration over from another member, if it is later than its own.</summary>
    internal void Learn(ReplicaConfig others)
    {
        if (CurrentConfig is not { } mine ? others.Name == member.Options.SetName : others.IsNewerThan(mine))
        {
            _ = Install(others);
        }
    }

    /// <summary>Begins as a member of a new set.</summary>
    internal void Initiate(ReplicaConfig first, RawDocument entry)
    {
        lock (gate)
        {
            birth = entry;
            NeedsInitialSync = false;
        }

        _ = Install(first);
    }

    /// <summary>Makes a configuration its own; says whether it was later than the one before.</summary>
    internal bool Install(ReplicaConfig next)
    {
        BeginHistory(next);
        bool isChanged;
        bool mustStepDown;
        lock (gate)
        {
            var before = config;
            if (before is not null && !next.IsNewerThan(before))
            {
                return false;
            }

            record.Save(next);
            committedBefore = Node.CommitPoint;
            Volatile.Write(ref config, next);
            isChanged = before is null || !next.SaysTheSameAs(before);
            mustStepDown = state == MemberState.Primary && Self is not { IsElectable: true };
            if (state != MemberState.Primary)
            {
                EnterUnderLock();
            }
        }

        ConfigDocument.Keep(Node, () => CurrentConfig);
        if (mustStepDown)
        {
            StepDown(TimeSpan.Zero);
        }

        if (isChanged)
        {
            AdvanceCommitPoint();
            member.RaiseTopologyChange();
        }

        ProgressChanged.Raise();
        return true;
    }

    /// <summary>Tells all members of the configuration now, rather than at the next heartbeat, and takes in their answers.</summary>
    internal void Spread()
    {
        foreach (var slot in OtherSlots())
        {
            Exchange(slot);
        }
    }

    /// <summary>A heartbeat: asks all others how they are, and tells them of the configuration.</summary>
    internal Task BeatAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(OtherSlots().Select(slot => BeatAsync(slot, cancellationToken)));

    private async Task BeatAsync(int slot, CancellationToken cancellationToken)
    {
        var began = Time.GetTimestamp();
        await Network.TravelAsync(Index, slot, Time, cancellationToken).ConfigureAwait(false);
        Exchange(slot);
        var took = (long)Time.GetElapsedTime(began).TotalMilliseconds;
        lock (gate)
        {
            // As PingStats::hit of topology_coordinator.cpp.
            pings[slot] = pings[slot] is { } before ? ((before * 4) + took) / 5 : took;
        }
    }

    private void Exchange(int slot)
    {
        var mine = Config;
        var now = Time.GetUtcNow();
        Hear(slot, Network.Ask<Heartbeat?>(Index, slot, asked => asked.AnswerHeartbeat(now, mine), null));
    }

    private IEnumerable<int> OtherSlots() =>
        Config
            .Members.Where(other => other.Host != member.Host)
            .Select(other => Network.SlotOf(other.Host))
            .Where(slot => slot >= 0);

    /// <summary>
    /// Gives members that were added with a vote their vote, once they have the data
    /// (<c>_reconfigToRemoveNewlyAddedField</c> of <c>replication_coordinator_impl.cpp</c>).
    /// </summary>
    internal void GiveVotesToNewMembers()
    {
        if (
            Config.Members.FirstOrDefault(one =>
                one.IsNewlyAdded
                && Network.SlotOf(one.Host) is >= 0 and var slot
                && Heard(slot)?.State == MemberState.Secondary
            ) is
            { } ready
        )
        {
            _ = Install(
                Config with
                {
                    Version = Config.Version + 1,
                    Members = [.. Config.Members.Select(one => one == ready ? one with { IsNewlyAdded = false } : one)],
                }
            );
        }
    }

    /// <summary>
    /// Whether the member should be primary rather than the one that is, has all its data but the last two seconds', and has waited
    /// its turn: an election timeout for each member that should be primary even rather, and one more.
    /// </summary>
    internal bool IsTakeoverDue()
    {
        lock (gate)
        {
            var now = Time.GetUtcNow();
            if (
                state != MemberState.Secondary
                || isInMaintenance
                || Self is not { IsElectable: true } me
                || primaryIndex < 0
                || me.Priority <= PriorityOf(primaryIndex)
                || now < noElectionBefore
                || heard[primaryIndex] is not { } primary
                || primary.LastApplied.Time.Seconds > Node.LastApplied.Time.Seconds + 2
            )
            {
                outranksSince = null;
                return false;
            }

            outranksSince ??= now;
            var rank = Config.Members.Count(one => one.IsElectable && one.Priority > me.Priority);
            if (now - outranksSince < Config.Settings.ElectionTimeout * (rank + 1))
            {
                return false;
            }

            outranksSince = null;
            return true;
        }
    }

    // Data first, and without the lock: whoever writes takes the data's lock before this one.
    private void BeginHistory(ReplicaConfig? known)
    {
        if (
            known?.MemberAt(member.Host) is { IsArbiter: false }
            && birth is { } first
            && !NeedsInitialSync
            && Node.LastApplied == OpTime.None
        )
        {
            Node.ApplyOplogEntries([first]);
            if (member.Options.Cluster is null)
            {
                // Made of the set's id, so that it is the same on all members.
                Diagnostics.FeatureCompatibility.WriteFirst(member, SetIdentity.UuidOf(known.Id));
            }

            Node.CommitPoint = Node.LastApplied;
            Node.Checkpoint();
        }
    }

    private void EnterUnderLock()
    {
        if (config is null)
        {
            state = MemberState.Startup;
            return;
        }

        if (Self is not { } me)
        {
            state = MemberState.Removed;
            primaryIndex = -1;
            return;
        }

        if (me.IsArbiter)
        {
            state = MemberState.Arbiter;
            return;
        }

        state = NeedsInitialSync ? MemberState.Startup2 : MemberState.Secondary;
    }
}
