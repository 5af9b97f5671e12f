using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Replication;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary>
/// <c>setUserWriteBlockMode</c>: blocks the writes of users without the right to pass, once every open transaction has ended (writes
/// and reads of others go on meanwhile), or lets them write again. It waits for a majority by itself.
/// </summary>
internal sealed class SetUserWriteBlockModeCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("setUserWriteBlockMode")
        {
            Fields = CommandTraits.FieldSet("global"),
            Help = "Set whether user write blocking is enabled",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var isOn = context.Arguments.Boolean("global") ?? throw CommandErrors.MissingField(Traits.FieldOwner, "global");
        if (!context.Member.IsReplicaSetMember)
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                "setUserWriteBlockMode cannot be run on standalones"
            );
        }

        if (context.Member.Options.Cluster is not null && context.Request.Routing is null)
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                "setUserWriteBlockMode cannot be run on shardsvrs nor configsvrs"
            );
        }

        while (!TryChange(context, isOn, out var blocker))
        {
            await blocker.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        var error = await WriteConcernWait
            .RunAsync(context, WriteConcern.ImplicitDefault, cancellationToken)
            .ConfigureAwait(false);
        return error is { } failure
            ? throw new CommandException((ErrorCode)failure["code"].AsInt32, failure["errmsg"].AsString)
            : RawDocument.Empty;
    }

    // A transaction that has only read is waited for too: the server takes its global lock exclusively.
    private static bool TryChange(CommandContext context, bool isOn, out Task blocker)
    {
        var node = context.Node;
        blocker = Task.CompletedTask;
        lock (node.WriteLock)
        {
            context.Member.CheckAcceptsWrites();
            if (!isOn)
            {
                node.WriteBlock.TurnOff();
                return true;
            }

            if (!node.WriteBlock.IsOn && node.Transactions.Open.FirstOrDefault() is { } open)
            {
                blocker = open.Ended;
                return false;
            }

            node.Builds.AbortWhere(
                collection => !WriteBlock.IsInternal(collection.Namespace),
                new(ErrorCode.IndexBuildAborted, "user writes are being blocked")
            );
            node.WriteBlock.TurnOn();
            return true;
        }
    }
}
