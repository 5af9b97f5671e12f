using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>A member's pulse: asks the others how they are, and acts on it — elections, stepping down, periodic no-ops.</summary>
internal sealed class HeartbeatLoop(Member member, ReplicaMember replica)
{
    private static readonly TimeSpan Look = ReplicaSettings.Quick.Heartbeat;
    private DateTimeOffset? lastBeat;
    private DateTimeOffset lastLooked = replica.Time.GetUtcNow();
    private Storage.OpTime lastSeen;

    /// <summary>Runs until the member stops.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Look, replica.Time);
        try
        {
            do
            {
                if (!replica.IsStalled && replica.CurrentConfig is { } config)
                {
                    timer.Period = config.Settings.Heartbeat < Look ? config.Settings.Heartbeat : Look;
                    await ActAsync(config, cancellationToken).ConfigureAwait(false);
                }
            } while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The member stops.
        }
    }

    /// <summary>Moves a primary's commit point as its own data move; the others' progress arrives by itself.</summary>
    internal async Task FollowOwnProgressAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var next = replica.Node.Changed.Next;
                replica.AdvanceCommitPoint();
                await next.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The member stops.
        }
    }

    private async Task ActAsync(ReplicaConfig config, CancellationToken cancellationToken)
    {
        if (replica.Self is null)
        {
            return;
        }

        // Elections do not wait for the next heartbeat. Half a look early is soon enough: ticks come a little before their time, too.
        var now = replica.Time.GetUtcNow();
        if (lastBeat is not { } last || now - last >= config.Settings.Heartbeat - (Look / 2))
        {
            lastBeat = now;
            await replica.BeatAsync(cancellationToken).ConfigureAwait(false);
        }

        // Members that lose their primary at the same instant should not stand at the same instant.
        var stagger = TimeSpan.FromMilliseconds(150 * replica.Index);
        if (replica.IsElectionDue(config.Settings.ElectionTimeout + stagger))
        {
            _ = replica.StandForElection(config.Members.Count == 1 ? "singleNodePromptElection" : "electionTimeout");
        }
        else if (replica.IsTakeoverDue())
        {
            _ = replica.StandForElection("priorityTakeover");
        }
        else if (replica.HasLostMajority(config.Settings.ElectionTimeout))
        {
            replica.StepDown(TimeSpan.Zero);
        }

        if (replica.IsPrimary)
        {
            replica.GiveVotesToNewMembers();
            KeepClockMoving();
        }
    }

    private void KeepClockMoving()
    {
        // As MongoDB's writer (noop_writer.cpp): it looks once an interval, and writes where nothing has been written since it last did.
        var now = replica.Time.GetUtcNow();
        if (now - lastLooked < member.Options.PeriodicNoOp)
        {
            return;
        }

        lastLooked = now;
        if (replica.Node.LastApplied == lastSeen && member.Parameters.WritesPeriodicNoOps)
        {
            _ = replica.Node.AppendNoOp(new DocumentBuilder { { "msg", "periodic noop" } }.Build());
        }

        lastSeen = replica.Node.LastApplied;
    }
}
