using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;

namespace Godwit.Sandbox.Sharding;

/// <summary>What a member of a shard does for routers of another process. Where clients must log in, so must they, by the cluster's key.</summary>
internal sealed class RouterService(Member member, ShardedCluster cluster)
{
    /// <summary>Whether a request is a router's.</summary>
    internal static bool Knows(CommandRequest request) =>
        request.Name
            is RouterMessages.Forward
                or RouterMessages.Task
                or RouterMessages.Table
                or RouterMessages.CloseCursor;

    /// <summary>Does what is asked.</summary>
    internal async ValueTask<CommandOutcome> ExecuteAsync(
        CommandRequest message,
        Client client,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (member.Options.IsAuthRequired && client.User != AuthenticatedUser.System)
            {
                throw new CommandException(
                    ErrorCode.Unauthorized,
                    $"{member.Options.Host} takes that from processes of its cluster only: start them with the same --key-file"
                );
            }

            if (message.Body["clock"] is { Type: BsonType.Timestamp } clock)
            {
                member.Node.Clock.Advance(clock.AsTimestamp);
            }

            var answer = message.Name switch
            {
                RouterMessages.Forward => await ForwardAsync(message, cancellationToken).ConfigureAwait(false),
                RouterMessages.Task => await DoAsync(message, cancellationToken).ConfigureAwait(false),
                RouterMessages.Table => Learn(message),
                _ => Close(message),
            };
            return answer is null
                ? new(null, ClosesConnection: true)
                : new(answer.Add("clock", member.Node.Clock.Now).Add("ok", 1.0).Build(), ClosesConnection: false);
        }
        catch (CommandException refusal)
        {
            return member.Dispatcher.Refuse(refusal);
        }
        catch (DiskFullException full)
        {
            member.Options.Failed?.Invoke(full);
            return new(null, ClosesConnection: true);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            return member.Dispatcher.Refuse(new CommandException(ErrorCode.InternalError, bug.ToString()));
        }
    }

    private async ValueTask<DocumentBuilder?> ForwardAsync(CommandRequest message, CancellationToken cancellationToken)
    {
        RoutingTable? table = null;
        if (message.Body["table"] is { Type: BsonType.String } id && !cluster.Told.TryGet(id.AsString, out table))
        {
            return new() { { "needsTable", true } };
        }

        var outcome = await member
            .Dispatcher.ExecuteAsync(
                RouterMessages.RequestOf(message, table),
                RouterMessages.ClientOf(message),
                cancellationToken
            )
            .ConfigureAwait(false);
        return outcome.Reply is { } reply ? new(reply.Length + 64) { { "reply", reply } } : null;
    }

    private async ValueTask<DocumentBuilder?> DoAsync(CommandRequest message, CancellationToken cancellationToken)
    {
        if (!member.IsPrimary)
        {
            throw new CommandException(ErrorCode.NotWritablePrimary, "not primary");
        }

        var task = ShardTasks.Find(message.Body[RouterMessages.Task].AsString);
        var documents = message.Documents(RouterMessages.Documents, "") ?? [];
        var input = new TaskInput(message.Body["arguments"].AsDocument, documents);
        var result = await task.RunAsync(member, input, _ => { }, cancellationToken).ConfigureAwait(false);
        return new(result.Length + 64) { { "result", result } };
    }

    private DocumentBuilder Learn(CommandRequest message)
    {
        cluster.Learn(message.Body[RouterMessages.Table].AsString, RouterMessages.TableOf(message));
        return [];
    }

    private DocumentBuilder Close(CommandRequest message)
    {
        _ = member.Cursors.Kill(message.Body[RouterMessages.CloseCursor].AsInt64);
        return [];
    }
}
