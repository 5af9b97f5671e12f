using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Sharding;

/// <summary>The transactions that run through a router: begins them on each shard with the first statement there.</summary>
internal sealed class RoutedTransactions(ShardedCluster cluster)
{
    /// <summary><c>maxTransactionLockRequestTimeoutMillis</c>.</summary>
    private static readonly TimeSpan LockPatience = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentDictionary<LogicalSessionId, RoutedTransaction> transactions = new();

    /// <summary>The transaction of a command; <see langword="null"/> for one outside of any.</summary>
    internal RoutedTransaction? Find(CommandContext context) =>
        context.Session is { IsTransaction: true, SessionId: { } id }
        && transactions.TryGetValue(id, out var found)
        && found.Number == context.Session.TxnNumber
            ? found
            : null;

    /// <summary>Takes a statement into its transaction, which the first one begins; the statement has ended when that is disposed of.</summary>
    internal IDisposable? Enter(CommandContext context)
    {
        if (context.Session is not { IsTransaction: true, SessionId: { } id, TxnNumber: { } number })
        {
            return null;
        }

        var known = transactions.GetValueOrDefault(id);
        if (known is not null && number < known.Number)
        {
            throw new CommandException(
                ErrorCode.TransactionTooOld,
                $"txnNumber {number} is less than last txnNumber {known.Number} seen in session {id.Id}"
            );
        }

        if (context.Session.StartsTransaction)
        {
            return Begin(context, id, number, known).Use();
        }

        if (known is null || known.Number != number || known.IsAborted)
        {
            throw NotStarted(id, number);
        }

        if (known.IsCommitted)
        {
            throw new CommandException(
                ErrorCode.TransactionCommitted,
                $"txnNumber {number} for session {id.Id} has already been committed"
            );
        }

        return known.Use();
    }

    /// <summary>Forgets the transaction of a session that has ended.</summary>
    internal void Forget(LogicalSessionId session)
    {
        if (transactions.TryRemove(session, out var known))
        {
            known.Release();
        }
    }

    /// <summary>Keeps a collection where it is while a command runs, or until its transaction ends.</summary>
    internal async ValueTask<IDisposable?> HoldAsync(
        CommandContext context,
        Namespace ns,
        CancellationToken cancellationToken
    )
    {
        if (Find(context) is { } transaction)
        {
            await HoldAsync(transaction, ns, cancellationToken).ConfigureAwait(false);
            return null;
        }

        return await cluster.Leases.ShareAsync(ns, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request to a shard, as part of the command's transaction if it has one.</summary>
    internal async ValueTask<(ShardMember Member, RawDocument Reply)> SendAsync(
        CommandContext context,
        ShardServer shard,
        CommandRequest request,
        CancellationToken cancellationToken
    )
    {
        var router = context.Member.Router!;
        if (Find(context) is null)
        {
            return await router.SendAsync(context, shard, request, cancellationToken).ConfigureAwait(false);
        }

        var member = await shard.FindPrimaryAsync(cancellationToken).ConfigureAwait(false);
        var reply = await SendToAsync(context, shard, member, request, cancellationToken).ConfigureAwait(false);
        return (member, reply);
    }

    /// <summary>Sends the command itself to a shard, with another body if there is one.</summary>
    internal ValueTask<(ShardMember Member, RawDocument Reply)> ForwardAsync(
        CommandContext context,
        ShardServer shard,
        RawDocument? body,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            context,
            shard,
            context.Request.To(new(context.Member.Router!.Table, shard.Name), body),
            cancellationToken
        );

    /// <summary>Sends a request to one member, as part of the command's transaction if it has one.</summary>
    internal async ValueTask<RawDocument> SendToAsync(
        CommandContext context,
        ShardServer shard,
        ShardMember member,
        CommandRequest request,
        CancellationToken cancellationToken
    )
    {
        var router = context.Member.Router!;
        if (Find(context) is not { } transaction)
        {
            return await router.SendToAsync(context, shard, member, request, cancellationToken).ConfigureAwait(false);
        }

        var isFirst = transaction.Join(shard.Name);
        var body = CommandBody.With(
            request.Body,
            ("readConcern", isFirst ? transaction.ReadConcern : RawValue.Missing),
            ("startTransaction", isFirst ? true : RawValue.Missing)
        );
        var reply = await router
            .SendToAsync(context, shard, member, request.With(body), cancellationToken)
            .ConfigureAwait(false);
        if (isFirst && member.EndOfPart(context.Session.SessionId!.Value, context.Session.TxnNumber!.Value) is { } end)
        {
            transaction.UseUntil(end);
        }

        if (context.Traits.IsRetryableWrite && reply["ok"].ToInt64() == 1)
        {
            transaction.NoteWrite(shard.Name);
        }

        return reply;
    }

    /// <summary>Forgets what a failed statement has left: the shards abort when they are asked, or by themselves.</summary>
    internal async ValueTask AbortAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (Find(context) is not { IsOver: false } transaction)
        {
            return;
        }

        transaction.IsAborted = true;
        transaction.Release();
        foreach (var name in transaction.Participants)
        {
            _ = await TransactionEnd
                .SendAsync(context, cluster.Shard(name), "abortTransaction", cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private RoutedTransaction Begin(CommandContext context, LogicalSessionId id, long number, RoutedTransaction? known)
    {
        if (known is not null && known.Number == number)
        {
            throw new CommandException(
                ErrorCode.ConflictingOperationInProgress,
                $"txnNumber {number} for session {id.Id} already started"
            );
        }

        known?.Release();
        return transactions[id] = new(number, ReadConcernOf(context));
    }

    // What already holds something does not wait for long: what it waits for may be waiting for its end.
    private async ValueTask HoldAsync(RoutedTransaction transaction, Namespace ns, CancellationToken cancellationToken)
    {
        if (!transaction.HoldsAny)
        {
            await transaction.HoldAsync(cluster.Leases, ns, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var deadline = new CancellationTokenSource(LockPatience, cluster.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await transaction.HoldAsync(cluster.Leases, ns, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                ErrorCode.LockTimeout,
                $"Unable to acquire IX lock on '{ns}' within {LockPatience.TotalMilliseconds}ms."
            );
        }
    }

    // The router chooses the time that all shards of a transaction have to have come to: a snapshot's is the one they read at; any
    // other's is the one by which it knows where data are (transaction_router.cpp, setDefaultAtClusterTime).
    private RawValue ReadConcernOf(CommandContext context)
    {
        var given = context.Body["readConcern"] is { Type: BsonType.Document } concern
            ? concern.AsDocument
            : RawDocument.Empty;
        if (context.ReadConcern.AtClusterTime is not null)
        {
            return given;
        }

        var time = ClusterTime.Max(cluster.Clock.Now, context.ReadConcern.AfterClusterTime ?? ClusterTime.Zero);
        return context.ReadConcern.Level == ReadConcernLevel.Snapshot
            ? CommandBody.With(given, ("atClusterTime", time), ("afterClusterTime", RawValue.Missing))
            : CommandBody.With(given, ("afterClusterTime", time));
    }

    private static CommandException NotStarted(LogicalSessionId id, long number) =>
        new(
            ErrorCode.NoSuchTransaction,
            $"cannot continue txnId {number} for session {id.Id} with txnNumber {number} :: caused by :: attempting to continue transaction that was not started"
        );
}
