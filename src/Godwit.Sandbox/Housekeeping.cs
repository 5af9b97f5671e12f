using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox;

/// <summary>What a member does by itself from time to time: idle cursors, expired sessions, index builds left behind, documents whose time is over.</summary>
internal sealed class Housekeeping(Member member)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Runs until the member stops.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var reaper = new TtlReaper(member);
        using var timer = new PeriodicTimer(Interval, member.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                member.Cursors.CloseIdle();
                if (member.IsPrimary)
                {
                    await member.Node.Builds.ResumeAsync(member.FailPoints, cancellationToken).ConfigureAwait(false);
                }

                if (!member.FsyncLock.IsHeld)
                {
                    reaper.RunIfDue();
                }

                foreach (var session in member.Sessions.TakeExpired())
                {
                    SessionEnding.End(member, session);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The member stops.
        }
    }
}
