using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Wire;
using Godwit.Wire.Client;

namespace Godwit.Engine.Mongo.Connections;

/// <summary>
/// Runs commands on the primary over raw connections: adds the database and the cluster time, and turns every failure into a
/// <see cref="ClusterException"/>. It never retries: whether a doubtful write may be sent again is the engine's decision (S14, S17).
/// </summary>
internal sealed class CommandChannel(Side side, ConnectionPool pool, ClusterClock clock)
{
    internal Side Side => side;

    /// <summary>Whether commands go to a router of a sharded cluster; known once one was answered.</summary>
    internal bool IsRouted => pool.IsRouted;

    /// <summary>Runs one command on any idle connection. The reply is the caller's to dispose.</summary>
    internal async Task<Reply> RunAsync(
        Stage stage,
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken,
        DocumentSequence sequence = default
    )
    {
        var connection = await RentAsync(stage, cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunOnAsync(connection, stage, database, command, cancellationToken, sequence)
                .ConfigureAwait(false);
        }
        finally
        {
            await pool.ReturnAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>Runs one command and keeps only a copy of the reply's document: for small control commands.</summary>
    internal async Task<RawDocument> AskAsync(
        Stage stage,
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken
    )
    {
        using var reply = await RunAsync(stage, database, command, cancellationToken).ConfigureAwait(false);
        return new(reply.Body.Bytes.ToArray());
    }

    /// <summary>Takes a connection for several commands, such as a cursor's.</summary>
    internal async Task<WireConnection> RentAsync(Stage stage, CancellationToken cancellationToken)
    {
        try
        {
            return await pool.RentAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (FaultTranslator.CanTranslate(cause))
        {
            throw FaultTranslator.Translate(side, stage, cause);
        }
    }

    internal ValueTask ReturnAsync(WireConnection connection) => pool.ReturnAsync(connection);

    /// <summary>Runs one command that opens or reads a cursor; its batch is there for <see cref="Reply.Gather"/> only.</summary>
    internal Task<Reply> ReadOnAsync(
        WireConnection connection,
        Stage stage,
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken
    ) => RunOnAsync(connection, stage, database, command, cancellationToken, isBatch: true);

    private async Task<Reply> RunOnAsync(
        WireConnection connection,
        Stage stage,
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken,
        DocumentSequence sequence = default,
        bool isBatch = false
    )
    {
        Reply reply;
        try
        {
            var body = command.Add("$clusterTime"u8, clock.Newest).Add("$db", database).Build();
            reply = await connection.RunAsync(body, cancellationToken, sequence, isBatch).ConfigureAwait(false);
        }
        catch (Exception cause) when (FaultTranslator.CanTranslate(cause))
        {
            throw FaultTranslator.Translate(side, stage, cause);
        }

        clock.Observe(reply.Body);
        if (FaultTranslator.FromReply(side, stage, reply.Body) is not { } fault)
        {
            return reply;
        }

        reply.Dispose();
        if (FaultTranslator.IsRoleChange(fault.Code))
        {
            connection.Break(fault);
        }

        throw fault;
    }
}
