using Godwit.Bson;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Commands;

/// <summary>
/// Takes every request of a member's clients through the same steps: find the command, read the generic arguments, check API
/// version, role and session, run it within its time, and answer with labels and cluster times.
/// </summary>
internal sealed class CommandDispatcher(Member member)
{
    /// <summary>Runs a request; failures become error replies.</summary>
    internal async ValueTask<CommandOutcome> ExecuteAsync(
        CommandRequest request,
        Client client,
        CancellationToken cancellationToken
    )
    {
        var generic = new GenericArguments();
        try
        {
            var command = Find(request);
            generic = GenericArgumentsParser.Parse(request, command.Traits);
            var context = new CommandContext
            {
                Request = request,
                Generic = generic,
                Member = member,
                Client = client,
                Traits = command.Traits,
            };
            Check(context);
            var reply = await RunWithinTimeAsync(command, context, cancellationToken).ConfigureAwait(false);
            return new(Finish(reply), ClosesConnection: false);
        }
        catch (CommandException refusal)
        {
            return new(Finish(ErrorReply(request, generic, client, refusal)), ClosesConnection: false);
        }
        catch (BsonFormatException malformed)
        {
            var refusal = new CommandException(ErrorCode.InvalidBSON, malformed.Message);
            return new(Finish(ErrorReply(request, generic, client, refusal)), ClosesConnection: false);
        }
    }

    private static ICommand Find(CommandRequest request)
    {
        var command =
            CommandTable.Find(request.Name)
            ?? throw new CommandException(ErrorCode.CommandNotFound, $"no such command: '{request.Name}'");
        NamespaceRules.CheckDatabaseOf(request, command.Traits);
        return command.Traits.IsAdminOnly && request.Database != "admin"
            ? throw new CommandException(
                ErrorCode.Unauthorized,
                $"{command.Traits.Name} may only be run against the admin database."
            )
            : command;
    }

    private void Check(CommandContext context)
    {
        ApiVersion.Check(context.Generic, context.Traits);
        CheckRole(context);
        SessionChecks.Check(context.Request, context.Traits, context.Generic, member.IsReplicaSetMember);
    }

    private void CheckRole(CommandContext context)
    {
        if (member.IsPrimary)
        {
            return;
        }

        switch (context.Traits.OnSecondary)
        {
            case SecondaryUse.Never:
                throw new CommandException(ErrorCode.NotWritablePrimary, "not primary");
            case SecondaryUse.OptIn when !context.Generic.AllowsSecondary:
                throw new CommandException(ErrorCode.NotPrimaryNoSecondaryOk, "not primary and secondaryOk=false");
            case SecondaryUse.OptIn or SecondaryUse.Always:
                break;
        }
    }

    private async ValueTask<RawDocument> RunWithinTimeAsync(
        ICommand command,
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var limit = context.Generic.MaxTime;
        if (limit == TimeSpan.Zero || command is GetMoreCommand)
        {
            return await RunStatementAsync(command, context, cancellationToken).ConfigureAwait(false);
        }

        using var deadline = new CancellationTokenSource(limit, member.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await RunStatementAsync(command, context, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new CommandException(ErrorCode.MaxTimeMSExpired, "operation exceeded time limit");
        }
    }

    private static async ValueTask<RawDocument> RunStatementAsync(
        ICommand command,
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var node = context.Node;
        var isPrimary = context.Member.IsPrimary;
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

    private static RawDocument ErrorReply(
        CommandRequest request,
        GenericArguments generic,
        Client client,
        CommandException refusal
    )
    {
        var reply = new DocumentBuilder
        {
            { "ok", 0.0 },
            { "errmsg", refusal.Message },
            { "code", (int)refusal.Code },
            { "codeName", refusal.CodeName },
        };
        if (refusal.Details is { } details)
        {
            reply.AddAll(details);
        }

        var labels = refusal
            .Labels.Concat(ErrorLabels.For(request, generic, refusal.Code, null, client.IsInternal))
            .Distinct(StringComparer.Ordinal)
            .Select(RawValue.String)
            .ToList();
        return labels.Count == 0 ? reply.Build() : reply.Add("errorLabels", RawValue.Array(labels)).Build();
    }

    private RawDocument Finish(RawDocument reply)
    {
        var builder = new DocumentBuilder(reply.Length + 256).AddAll(reply);
        if (!reply.Has("ok"))
        {
            builder.Add("ok", 1.0);
        }

        return member.IsReplicaSetMember ? ClusterTimeGossip.Append(builder, member).Build() : builder.Build();
    }
}
