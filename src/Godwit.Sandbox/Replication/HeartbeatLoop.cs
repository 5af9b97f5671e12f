using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>A member's pulse: asks the others how they are, and acts on it — elections, stepping down, periodic no-ops.</summary>
internal sealed class HeartbeatLoop(Member member, ReplicaMember replica)
{
    private DateTimeOffset lastWritten;
    private Storage.OpTime lastSeen;

    /// <summary>Runs until the member stops.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ReplicaTimings.Heartbeat, replica.Time);
        try
        {
            do
            {
                if (!replica.IsStalled)
                {
                    Beat();
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

    private void Beat()
    {
        for (var i = 0; i < replica.Config.Hosts.Count; i++)
        {
            if (i != replica.Index)
            {
                var asked = replica.Time.GetUtcNow();
                replica.Hear(
                    i,
                    replica.Network.Ask<Heartbeat?>(replica.Index, i, other => other.AnswerHeartbeat(asked), null)
                );
            }
        }

        // Members that lose their primary at the same instant should not stand at the same instant.
        var stagger = TimeSpan.FromMilliseconds(150 * replica.Index);
        if (replica.IsElectionDue(ReplicaTimings.ElectionTimeout + stagger))
        {
            _ = replica.StandForElection();
        }
        else if (replica.HasLostMajority(ReplicaTimings.ElectionTimeout))
        {
            replica.StepDown(TimeSpan.Zero);
        }

        if (replica.IsPrimary)
        {
            KeepClockMoving();
        }
    }

    private void KeepClockMoving()
    {
        var now = replica.Time.GetUtcNow();
        var applied = replica.Node.LastApplied;
        if (applied != lastSeen)
        {
            (lastSeen, lastWritten) = (applied, now);
        }
        else if (now - lastWritten >= member.Options.PeriodicNoOp && member.Parameters.WritesPeriodicNoOps)
        {
            _ = replica.Node.AppendNoOp(new DocumentBuilder { { "msg", "periodic noop" } }.Build());
        }
    }
}
