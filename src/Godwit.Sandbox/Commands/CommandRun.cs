using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary>Runs one checked command: within its time, as part of its transaction, and then waits for its write concern.</summary>
internal static class CommandRun
{
    /// <summary>Runs it and gives the reply without <c>ok</c>.</summary>
    internal static async ValueTask<RawDocument> RunAsync(
        ICommand command,
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var limit = command is GetMoreCommand or HelloCommand ? TimeSpan.Zero : context.Generic.MaxTime;
        if (context.Member.FailPoints.Find("maxTimeAlwaysTimeOut") is not null && limit > TimeSpan.Zero)
        {
            throw TimeOver();
        }

        if (limit == TimeSpan.Zero)
        {
            return await RunInterruptiblyAsync(command, context, context.Operation.Token, cancellationToken)
                .ConfigureAwait(false);
        }

        using var deadline = new CancellationTokenSource(limit, context.Member.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.Operation.Token);
        try
        {
            return await RunInterruptiblyAsync(command, context, either.Token, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw TimeOver();
        }
    }

    private static CommandException TimeOver() => new(ErrorCode.MaxTimeMSExpired, "operation exceeded time limit");

    private static async ValueTask<RawDocument> RunInterruptiblyAsync(
        ICommand command,
        CommandContext context,
        CancellationToken interruption,
        CancellationToken stopping
    )
    {
        try
        {
            var reply = await RunStatementAsync(command, context, interruption).ConfigureAwait(false);
            return await AwaitWriteConcernAsync(context, reply, interruption).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
            when (context.Operation.KillReason != ErrorCode.OK && !stopping.IsCancellationRequested)
        {
            throw new CommandException(context.Operation.KillReason, "operation was interrupted");
        }
    }

    private static async ValueTask<RawDocument> RunStatementAsync(
        ICommand command,
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        if (context.Member.Router is not null)
        {
            return await command.RunAsync(context, cancellationToken).ConfigureAwait(false);
        }

        var node = context.Node;
        var isPrimary = context.Member.IsPrimary;
        if (context.ReadConcern.Level == ReadConcernLevel.Linearizable && !isPrimary)
        {
            throw new CommandException(
                ErrorCode.NotWritablePrimary,
                "cannot satisfy linearizable read concern on non-primary node"
            );
        }

        using var writing = Writes(context)
            ? await context.Member.FsyncLock.EnterAsync(cancellationToken).ConfigureAwait(false)
            : null;
        await ReadViews.WaitAsync(node, context.ReadConcern, isPrimary, cancellationToken).ConfigureAwait(false);
        context.Statement = await node
            .Transactions.BeginAsync(
                context.Session,
                context.ReadConcern,
                context.Traits.EndsTransaction,
                cancellationToken
            )
            .ConfigureAwait(false);
        var hasFailed = true;
        try
        {
            var reply = await command.RunAsync(context, cancellationToken).ConfigureAwait(false);
            hasFailed = false;
            return reply;
        }
        finally
        {
            node.Transactions.End(context.Statement, hasFailed);
        }
    }

    // What the server does itself is part of a command that was let in before.
    private static bool Writes(CommandContext context) =>
        context.Traits.TakesWriteConcern
        && !context.Client.IsServer
        && (context.Traits.Name != "aggregate" || AggregateCommand.Writes(context));

    private static async ValueTask<RawDocument> AwaitWriteConcernAsync(
        CommandContext context,
        RawDocument reply,
        CancellationToken cancellationToken
    )
    {
        if (!context.Traits.TakesWriteConcern)
        {
            return reply;
        }

        if (FailCommand.After(context) is { WriteConcernError: { } asked } effect)
        {
            return WriteConcernReply.With(context, reply, asked, effect.Labels);
        }

        var waits =
            !context.IsPassedOn
            && context.Member.Router is null
            && (!context.Session.IsTransaction || context.Traits.EndsTransaction);
        var error = waits ? await WriteConcernWait.RunAsync(context, cancellationToken).ConfigureAwait(false) : null;
        return error is { } shown ? WriteConcernReply.With(context, reply, shown, null) : reply;
    }
}
