using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// A command that a router has done by shards. Its names, fields and rights are those of the command of a server with data; here it
/// is taken into its transaction, and the reply told which shard knows the outcome.
/// </summary>
internal abstract class RoutedCommand(string name) : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        CommandTable.Find(name)?.Traits ?? throw new ArgumentException($"no server knows {name}", nameof(name));

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Database == "local")
        {
            throw new CommandException(ErrorCode.IllegalOperation, "Can't use 'local' database through mongos");
        }

        var router = context.Member.Router!;
        using var statement = router.Transactions.Enter(context);
        try
        {
            var reply = await RouteAsync(context, router, cancellationToken).ConfigureAwait(false);
            return router.Transactions.Find(context) is { } transaction
                ? await FinishAsync(context, router, transaction, reply, cancellationToken).ConfigureAwait(false)
                : reply;
        }
        catch (CommandException)
        {
            await router.Transactions.AbortAsync(context, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has the command done and gives the reply without <c>ok</c>.</summary>
    protected abstract ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    );

    /// <summary>Sends the command as it is to one shard and gives the reply's own fields.</summary>
    protected static async ValueTask<RawDocument> ForwardAsync(
        CommandContext context,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        var (_, reply) = await context
            .Member.Router!.Transactions.ForwardAsync(context, shard, null, cancellationToken)
            .ConfigureAwait(false);
        return CommandBody.Own(reply);
    }

    private static async ValueTask<RawDocument> FinishAsync(
        CommandContext context,
        Router router,
        RoutedTransaction transaction,
        RawDocument reply,
        CancellationToken cancellationToken
    )
    {
        if (reply.Has("writeErrors"))
        {
            await router.Transactions.AbortAsync(context, cancellationToken).ConfigureAwait(false);
        }

        return RecoveryToken.Append(reply, transaction);
    }
}
