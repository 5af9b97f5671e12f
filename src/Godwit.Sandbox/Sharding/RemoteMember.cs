using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;
using Godwit.Wire;
using Godwit.Wire.Client;

namespace Godwit.Sandbox.Sharding;

/// <summary>A member in another process, and the connections to it that are not in use.</summary>
internal sealed class RemoteMember(string host, RemoteServer server, ShardedCluster cluster) : ShardMember
{
    private readonly ConcurrentBag<WireConnection> idle = [];

    /// <inheritdoc/>
    internal override string Host => host;

    /// <inheritdoc/>
    internal override async ValueTask<RawDocument> SendAsync(
        CommandRequest request,
        Client client,
        CancellationToken cancellationToken
    )
    {
        var table = request.Routing?.Table;
        var id = table is null ? null : cluster.IdOf(table);
        var (body, sequence) = RouterMessages.OfRequest(request, client, id, cluster.Clock.Now);
        var answer = await CallAsync(body, sequence, cancellationToken).ConfigureAwait(false);
        if (answer["needsTable"].IsTruthy())
        {
            var (told, parts) = RouterMessages.OfTable(table!, id!);
            CommandBody.Check(await CallAsync(told, parts, cancellationToken).ConfigureAwait(false));
            answer = await CallAsync(body, sequence, cancellationToken).ConfigureAwait(false);
        }

        CommandBody.Check(answer);
        if (answer["reply"] is not { Type: BsonType.Document } reply)
        {
            throw Unreachable(host);
        }

        if (((ErrorCode)(reply.AsDocument["code"].ToInt64() ?? 0)).IsAboutPrimary())
        {
            server.Forget(this);
        }

        return reply.AsDocument;
    }

    /// <summary>Has it do a task; what it refuses is thrown.</summary>
    internal async ValueTask<RawDocument> DoAsync(ShardTask task, TaskInput input, CancellationToken cancellationToken)
    {
        var (body, sequence) = RouterMessages.OfTask(task, input, cluster.Clock.Now);
        var answer = await CallAsync(body, sequence, cancellationToken).ConfigureAwait(false);
        if (CommandBody.ErrorOf(answer) is { } refusal)
        {
            if (refusal.Code.IsAboutPrimary())
            {
                server.Forget(this);
            }

            throw refusal.Code == ErrorCode.CommandNotFound
                ? new CommandException(
                    ErrorCode.OperationFailed,
                    $"{host} does not serve routers of other processes: start it with --shardsvr"
                )
                : refusal;
        }

        return answer["result"].AsDocument;
    }

    /// <summary>Asks what it is.</summary>
    internal ValueTask<RawDocument> HelloAsync(CancellationToken cancellationToken) =>
        CallAsync(new DocumentBuilder { { "hello", 1 }, { "$db", "admin" } }.Build(), default, cancellationToken);

    /// <inheritdoc/>
    internal override void CloseCursor(long id) =>
        _ = cluster.Ongoing.Begin(async stopping =>
        {
            var body = new DocumentBuilder { { RouterMessages.CloseCursor, id }, { "$db", "admin" } };
            _ = await CallAsync(body.Build(), default, stopping).ConfigureAwait(false);
        });

    /// <inheritdoc/>
    internal override Task? EndOfPart(LogicalSessionId session, long number) =>
        cluster.Ongoing.Begin(async stopping =>
        {
            try
            {
                var input = new TaskInput(TransactionTasks.Of(session, number).Build(), []);
                _ = await DoAsync(TransactionTasks.AwaitEnd, input, stopping).ConfigureAwait(false);
            }
            catch (CommandException)
            {
                // A member that has gone has no open part any more; what it wrote down belongs to the next primary.
            }
        });

    /// <summary>Closes the connections that are not in use.</summary>
    internal async ValueTask CloseAsync()
    {
        while (idle.TryTake(out var connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<RawDocument> CallAsync(
        RawDocument body,
        DocumentSequence sequence,
        CancellationToken cancellationToken
    )
    {
        WireConnection? connection = null;
        try
        {
            connection = idle.TryTake(out var known)
                ? known
                : await WireConnection.OpenAsync(host, cluster.Peers, cancellationToken).ConfigureAwait(false);
            using var reply = await connection.RunAsync(body, cancellationToken, sequence).ConfigureAwait(false);
            var answer = new RawDocument(reply.Body.Bytes.ToArray());
            if (answer["clock"] is { Type: BsonType.Timestamp } clock)
            {
                cluster.Clock.Advance(clock.AsTimestamp);
            }

            idle.Add(connection);
            connection = null;
            return answer;
        }
        catch (HandshakeException refused) when (refused.Code == (int)ErrorCode.AuthenticationFailed)
        {
            throw new CommandException(
                ErrorCode.AuthenticationFailed,
                $"{host} does not take this process for one of its cluster: start both with the same --key-file"
            );
        }
        catch (Exception lost) when (lost is IOException or HandshakeException or WireException)
        {
            // The others are of the same process, which has gone.
            server.Forget(this);
            await CloseAsync().ConfigureAwait(false);
            throw Unreachable(host);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
