using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>commitTransaction</c> and <c>abortTransaction</c> through a router: on one shard directly, on several in two phases.</summary>
/// <param name="name">Which of the two.</param>
internal sealed class RoutedTransactionEnds(string name) : ICommand
{
    private readonly bool isCommit = name == "commitTransaction";

    /// <inheritdoc/>
    public CommandTraits Traits { get; } = CommandTable.Find(name)!.Traits;

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var router = context.Member.Router!;
        if (router.Transactions.Find(context) is not { } transaction)
        {
            return await RecoverAsync(context, router, cancellationToken).ConfigureAwait(false);
        }

        using var statement = transaction.Use();
        if (transaction.IsAborted)
        {
            throw SessionErrors.Aborted(transaction.Number);
        }

        if (!isCommit)
        {
            if (transaction.IsCommitted)
            {
                throw SessionErrors.Committed(transaction.Number);
            }

            await router.Transactions.AbortAsync(context, cancellationToken).ConfigureAwait(false);
            return RecoveryToken.Append(RawDocument.Empty, transaction);
        }

        RawDocument reply;
        try
        {
            reply = await CommitAsync(context, router, transaction, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException refusal) when (refusal.Code == ErrorCode.NoSuchTransaction)
        {
            transaction.IsAborted = true;
            transaction.Release();
            throw;
        }

        transaction.IsCommitted = true;
        transaction.Release();
        return RecoveryToken.Append(reply, transaction);
    }

    private static async ValueTask<RawDocument> CommitAsync(
        CommandContext context,
        Router router,
        RoutedTransaction transaction,
        CancellationToken cancellationToken
    )
    {
        var shards = transaction.Participants.Select(router.Cluster.Shard).ToList();
        if (transaction.IsCommitted)
        {
            return await SendAllAsync(context, shards, cancellationToken).ConfigureAwait(false);
        }

        var writers = new List<ShardServer>();
        foreach (var shard in shards)
        {
            if (await HasWrittenAsync(context, shard, cancellationToken).ConfigureAwait(false))
            {
                writers.Add(shard);
            }
        }

        if (writers.Count <= 1)
        {
            // Those that have only read first: the one that has written decides.
            return await SendAllAsync(context, [.. shards.Except(writers), .. writers], cancellationToken)
                .ConfigureAwait(false);
        }

        _ = await SendAllAsync(context, [.. shards.Except(writers)], cancellationToken).ConfigureAwait(false);
        await new TwoPhaseCommit(router.Cluster, context.Session.SessionId!.Value, transaction.Number)
            .RunAsync(writers, cancellationToken)
            .ConfigureAwait(false);
        return RawDocument.Empty;
    }

    private static async ValueTask<RawDocument> SendAllAsync(
        CommandContext context,
        IReadOnlyList<ShardServer> shards,
        CancellationToken cancellationToken
    )
    {
        var last = RawDocument.Empty;
        foreach (var shard in shards)
        {
            last = CommandBody.Own(
                await TransactionEnd
                    .SendAsync(context, shard, "commitTransaction", cancellationToken)
                    .ConfigureAwait(false)
            );
        }

        return last;
    }

    private static async ValueTask<bool> HasWrittenAsync(
        CommandContext context,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        var part = await shard
            .DoAsync(
                TransactionTasks.HasWritten,
                TransactionTasks.Of(context.Session.SessionId!.Value, context.Session.TxnNumber!.Value),
                cancellationToken
            )
            .ConfigureAwait(false);
        return part["hasWritten"].IsTruthy();
    }

    /// <summary>Another router ran the transaction: the shard that the client's token names knows the outcome of its commit.</summary>
    private async ValueTask<RawDocument> RecoverAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var (session, number) = (context.Session.SessionId!.Value, context.Session.TxnNumber!.Value);
        if (!isCommit)
        {
            throw new CommandException(
                ErrorCode.NoSuchTransaction,
                $"cannot continue txnId {number} for session {session.Id} with txnRetryCounter 0"
            );
        }

        if (context.Body["recoveryToken"] is not { Type: BsonType.Document } token)
        {
            throw new CommandException(50940, "Cannot recover the transaction decision without a recoveryToken");
        }

        if (token.AsDocument["recoveryShardId"] is not { Type: BsonType.String } name)
        {
            throw new CommandException(
                ErrorCode.NoSuchTransaction,
                "Recovery token is empty, meaning the transaction only performed reads and can be safely retried"
            );
        }

        var shard = router.Cluster.Shard(name.AsString);
        _ = await shard
            .DoAsync(TransactionTasks.Settle, TransactionTasks.Of(session, number), cancellationToken)
            .ConfigureAwait(false);
        var reply = await TransactionEnd
            .SendAsync(context, shard, Traits.Name, cancellationToken)
            .ConfigureAwait(false);
        return CommandBody.Own(reply);
    }
}
