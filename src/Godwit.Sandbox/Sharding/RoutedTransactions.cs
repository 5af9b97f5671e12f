using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Sharding;

/// <summary>The transactions that run through a router: begins them on each shard with the first statement there.</summary>
internal sealed class RoutedTransactions(ShardedCluster cluster)
{
    private readonly ConcurrentDictionary<LogicalSessionId, RoutedTransaction> transactions = new();

    /// <summary>The transaction of a command; <see langword="null"/> for one outside of any.</summary>
    internal RoutedTransaction? Find(CommandContext context) =>
        context.Session is { IsTransaction: true, SessionId: { } id }
        && transactions.TryGetValue(id, out var found)
        && found.Number == context.Session.TxnNumber
            ? found
            : null;

    /// <summary>Takes a statement into its transaction, which the first one begins.</summary>
    internal void Enter(CommandContext context)
    {
        if (context.Session is not { IsTransaction: true, SessionId: { } id, TxnNumber: { } number })
        {
            return;
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
            Begin(context, id, number, known);
            return;
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
            await transaction.HoldAsync(cluster.Leases, ns, cancellationToken).ConfigureAwait(false);
            return null;
        }

        return await cluster.Leases.ShareAsync(ns, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request to a shard, as part of the command's transaction if it has one.</summary>
    internal async ValueTask<(Member Member, RawDocument Reply)> SendAsync(
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
    internal ValueTask<(Member Member, RawDocument Reply)> ForwardAsync(
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
        Member member,
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
        transaction.Dispose();
        foreach (var name in transaction.Participants)
        {
            _ = await TransactionEnd
                .SendAsync(context, cluster.Shard(name), "abortTransaction", cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private void Begin(CommandContext context, LogicalSessionId id, long number, RoutedTransaction? known)
    {
        if (known is not null && known.Number == number)
        {
            throw new CommandException(
                ErrorCode.ConflictingOperationInProgress,
                $"txnNumber {number} for session {id.Id} already started"
            );
        }

        known?.Dispose();
        transactions[id] = new(number, SnapshotOf(context));
    }

    // All shards of a snapshot transaction read at one time, which the router chooses.
    private RawValue SnapshotOf(CommandContext context)
    {
        var concern = context.Body["readConcern"];
        return
            concern.Type == BsonType.Document
            && context.ReadConcern is { Level: ReadConcernLevel.Snapshot, AtClusterTime: null }
            ? CommandBody.With(
                concern.AsDocument,
                ("atClusterTime", cluster.Clock.Now),
                ("afterClusterTime", RawValue.Missing)
            )
            : concern;
    }

    private static CommandException NotStarted(LogicalSessionId id, long number) =>
        new(
            ErrorCode.NoSuchTransaction,
            $"cannot continue txnId {number} for session {id.Id} with txnNumber {number} :: caused by :: attempting to continue transaction that was not started"
        );
}
