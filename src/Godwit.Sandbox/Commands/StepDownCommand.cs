using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Commands;

/// <summary><c>replSetStepDown</c>: waits until a secondary has caught up, then gives up the primary's role for a while.</summary>
internal sealed class StepDownCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("replSetStepDown")
        {
            IsAdminOnly = true,
            OnSecondary = SecondaryUse.Always,
            Help = "Step down the current primary",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var replica = ReplicaSetCommands.Replica(context);
        if (!replica.IsPrimary)
        {
            throw new CommandException(ErrorCode.NotWritablePrimary, "not primary so can't step down");
        }

        var seconds = context.Body["replSetStepDown"].ToInt64() ?? 60;
        var isForced = context.Body["force"].IsTruthy();
        var catchUp = context.Body["secondaryCatchUpPeriodSecs"].ToInt64() ?? (isForced ? 0 : Math.Min(10, seconds));
        if (catchUp > seconds)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "stepdown period must be longer than secondaryCatchUpPeriodSecs"
            );
        }

        await GiveUpAsync(
                replica,
                TimeSpan.FromSeconds(catchUp),
                TimeSpan.FromSeconds(seconds),
                isForced,
                cancellationToken
            )
            .ConfigureAwait(false);
        return RawDocument.Empty;
    }

    /// <summary>Waits until a member that can be elected has all that the primary has, and hands over to it.</summary>
    /// <param name="replica">The primary.</param>
    /// <param name="catchUp">How long to wait.</param>
    /// <param name="freeze">How long it does not stand for election afterwards.</param>
    /// <param name="isForced">Whether it steps down though nobody has caught up.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async ValueTask GiveUpAsync(
        ReplicaMember replica,
        TimeSpan catchUp,
        TimeSpan freeze,
        bool isForced,
        CancellationToken cancellationToken
    )
    {
        if (!replica.BeginStepDown())
        {
            throw new CommandException(ErrorCode.NotWritablePrimary, "not primary so can't step down");
        }

        var hasCaughtUp = false;
        try
        {
            hasCaughtUp = await HasCaughtUpAsync(replica, catchUp, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!hasCaughtUp && !isForced)
            {
                replica.CancelStepDown();
            }
        }

        if (!hasCaughtUp && !isForced)
        {
            throw new CommandException(
                ErrorCode.ExceededTimeLimit,
                $"No electable secondaries caught up as of {replica.Time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffzzz}. "
                    + "Please use the replSetStepDown command with the argument {force: true} to force node to step down."
            );
        }

        replica.StepDown(freeze);
        if (!isForced)
        {
            replica.HandOver();
        }
    }

    private static async ValueTask<bool> HasCaughtUpAsync(
        ReplicaMember replica,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new CancellationTokenSource(wait, replica.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await replica.ProgressChanged.WaitAsync(() => IsCaughtUp(replica), either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return IsCaughtUp(replica);
        }
    }

    // A majority must be up, and one other than this member have everything, so that someone can be elected.
    private static bool IsCaughtUp(ReplicaMember replica)
    {
        var last = replica.Node.LastApplied.Time;
        var progress = replica.Progress;
        var others = Enumerable
            .Range(0, progress.Count)
            .Where(i =>
                i != replica.Index && replica.Config.MemberAt(replica.Network.HostOf(i)) is { IsElectable: true }
            )
            .ToList();
        return others.Exists(i => progress[i].Time >= last && replica.Heard(i)?.State == MemberState.Secondary)
            && replica.Node.CommitPoint.Time >= last;
    }
}
