using Godwit.Bson;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Sharding;

namespace Godwit.Sandbox.Commands;

/// <summary>
/// Takes every request of a member's clients through the same steps: find the command, read the generic arguments, check API
/// version, rights, role and session, let failpoints act, run it within its time, and answer with labels and cluster times.
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
        FailCommand.Effect? effect = null;
        CommandContext? context = null;
        try
        {
            var command = Find(request, member);
            generic = Complete(GenericArgumentsParser.Parse(request, command.Traits), request, command.Traits);
            generic = Identify(generic, client);
            context = new CommandContext
            {
                Request = request,
                Generic = generic,
                Member = member,
                Client = client,
                Traits = command.Traits,
            };
            if (request.Body["help"].IsTruthy())
            {
                return Answer(context, Finish(Help(command.Traits), generic, context));
            }

            Check(context);
            if (!client.IsServer)
            {
                member.Counters.CountCommand(command.Traits.Name);
            }

            using var operation = member.Operations.Begin(context, cancellationToken);
            context.Operation = operation;
            effect = await FailCommand.BeforeAsync(context, operation.Token).ConfigureAwait(false);
            if (effect is { ClosesConnection: true })
            {
                return new(null, ClosesConnection: true);
            }

            if (effect?.Error is { } failure)
            {
                throw failure;
            }

            var reply = await CommandRun.RunAsync(command, context, cancellationToken).ConfigureAwait(false);
            return Answer(context, Noted(context, Finish(reply, generic, context)));
        }
        catch (CommandException refusal)
        {
            var labels =
                effect?.Labels
                ?? [.. refusal.Labels, .. ErrorLabels.For(request, generic, refusal.Code, null, client.IsInternal)];
            return Answer(context, Noted(context, Finish(ErrorReply(refusal, labels, client), generic, context)));
        }
        catch (BsonFormatException malformed)
        {
            return Refuse(new CommandException(ErrorCode.InvalidBSON, malformed.Message));
        }
        catch (DiskFullException full)
        {
            // The process ends with that, and no reply is sent.
            member.Options.Failed?.Invoke(full);
            return new(null, ClosesConnection: true);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            // A mistake of the Sandbox's: whoever sent the command must learn of it, and the connection can go on.
            return Refuse(new CommandException(ErrorCode.InternalError, bug.ToString()));
        }
    }

    /// <summary>The reply to a request that is none.</summary>
    internal CommandOutcome Refuse(CommandException refusal) =>
        new(Finish(ErrorReply(refusal, refusal.Labels, null), new GenericArguments()), ClosesConnection: false);

    // Asked for help, a command tells what it is for and does nothing (generateHelpResponse in commands.cpp).
    private static RawDocument Help(CommandTraits traits) =>
        new DocumentBuilder { { "help", $"help for: {traits.Name} {traits.Help}" } }.Build();

    private RawDocument Noted(CommandContext? context, RawDocument reply)
    {
        if (context is not null)
        {
            member.Journal.Record(context, reply);
        }

        return reply;
    }

    private static CommandOutcome Answer(CommandContext? context, RawDocument reply) =>
        context?.LosesReply == true ? new(null, ClosesConnection: true) : new(reply, ClosesConnection: false);

    private static ICommand Find(CommandRequest request, Member member)
    {
        var known = member.Router is null ? CommandTable.Find(request.Name) : RouterCommandTable.Find(request.Name);
        var command =
            known is not null && member.Profile.Version.Knows(known.Traits.Name)
                ? known
                : throw new CommandException(
                    ErrorCode.CommandNotFound,
                    member.Router is null ? $"no such command: '{request.Name}'" : $"no such cmd: {request.Name}"
                );
        NamespaceRules.CheckDatabaseOf(request, command.Traits);
        return command.Traits.IsAdminOnly && request.Database != "admin"
            ? throw new CommandException(
                ErrorCode.Unauthorized,
                $"{command.Traits.Name} may only be run against the admin database."
            )
            : command;
    }

    // A read without a concern of its own gets the default one; inside a transaction the first statement's holds.
    private GenericArguments Complete(GenericArguments generic, CommandRequest request, CommandTraits traits) =>
        traits.TakesReadConcern
        && !generic.Session.IsTransaction
        && !request.Body.Has("readConcern")
        && member.Defaults.Read is { } concern
            ? generic with
            {
                ReadConcern = concern,
            }
            : generic;

    private static GenericArguments Identify(GenericArguments generic, Client client) =>
        generic.Session.SessionId is { } id && client.UserHash is { } hash
            ? generic with
            {
                Session = generic.Session with { SessionId = id with { UserHash = hash } },
            }
            : generic;

    private void Check(CommandContext context)
    {
        ApiVersion.Check(context.Generic, context.Traits);
        member.Authorizer.Check(context);
        CheckRole(context);
        SessionChecks.Check(context.Request, context.Traits, context.Generic, member.KeepsClusterTime);
        ReadConcernSupport.Check(context);
        if (context.Session.SessionId is { } session && context.Traits.TakesSession)
        {
            member.Sessions.Touch(session);
        }

        if (context.Generic.ClusterTime is { } heard && member.KeepsClusterTime)
        {
            member.Node.Clock.Advance(heard);
        }
    }

    private void CheckRole(CommandContext context)
    {
        if (member.IsPrimary || context.Traits.OnSecondary == SecondaryUse.Always)
        {
            return;
        }

        var word = context.Client.SaidHelloOk ? "primary" : "master";
        if (context.Traits.OnSecondary == SecondaryUse.Never || context.Session.IsTransaction)
        {
            throw new CommandException(ErrorCode.NotWritablePrimary, $"not {word}");
        }

        if (!context.Generic.AllowsSecondary)
        {
            var ok = context.Client.SaidHelloOk ? "secondaryOk" : "slaveOk";
            throw new CommandException(ErrorCode.NotPrimaryNoSecondaryOk, $"not {word} and {ok}=false");
        }

        if (member.Replica?.State != Replication.MemberState.Secondary)
        {
            throw new CommandException(ErrorCode.NotPrimaryOrSecondary, "node is recovering");
        }
    }

    private RawDocument ErrorReply(CommandException refusal, IReadOnlyList<string> labels, Client? client)
    {
        member.Counters.CountError();
        var reply = new DocumentBuilder();
        if (labels.Count > 0)
        {
            reply.Add("errorLabels", RawValue.Array(labels.Distinct(StringComparer.Ordinal).Select(RawValue.String)));
        }

        if (member.IsReplicaSetMember && refusal.Code.IsStateChange())
        {
            reply.Add("topologyVersion", member.TopologyVersion);
        }

        var message = refusal.Message;
        if (refusal.Code == ErrorCode.NotWritablePrimary && message == "not primary" && client?.SaidHelloOk == false)
        {
            message = "not master";
        }

        reply.Add("ok", 0.0).Add("errmsg", message);
        if (refusal.Code != ErrorCode.OK)
        {
            reply.Add("code", (int)refusal.Code).Add("codeName", refusal.CodeName);
        }

        if (refusal.Details is { } details)
        {
            reply.AddAll(details);
        }

        return reply.Build();
    }

    private RawDocument Finish(RawDocument reply, GenericArguments generic, CommandContext? context = null)
    {
        var builder = new DocumentBuilder(reply.Length + 256).AddAll(reply);
        if (!reply.Has("ok"))
        {
            builder.Add("ok", 1.0);
        }

        if (member.Router is not null)
        {
            return ClusterTimeGossip.AppendRouted(builder, member, context).Build();
        }

        return member.IsReplicaSetMember ? ClusterTimeGossip.Append(builder, member, generic).Build() : builder.Build();
    }
}
