using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Writing;

/// <summary>
/// Sends data writes: the statements go from where they lie into a document sequence, with majority, in the ticket's session
/// (S14, S17).
/// </summary>
internal sealed class WriteSender(CommandChannel channel, Func<ClusterCapabilities> capabilities)
{
    internal async Task<WriteOutcome> SendAsync(
        WriteTicket ticket,
        WriteCommand write,
        CancellationToken cancellationToken
    )
    {
        write = AsStored(write);
        var command = AddSession(Command(write), ticket).Add("writeConcern", WriteConcerns.Majority);
        return await RunAsync(write, command, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The command in the form that this server stores as it is.</summary>
    internal WriteCommand AsStored(WriteCommand write) =>
        capabilities().BypassEmptyTimestampReplacement ? write : EmptyTimestamps.Keep(write);

    /// <summary>Runs a write command that is complete but for what the channel adds, and reads its outcome.</summary>
    internal async Task<WriteOutcome> RunAsync(
        WriteCommand write,
        DocumentBuilder command,
        CancellationToken cancellationToken
    )
    {
        using var reply = await channel
            .RunAsync(
                Stage.Write,
                write.Collection.Name.Database,
                command,
                cancellationToken,
                new(SequenceName(write.Kind), write.Statements.Bytes)
            )
            .ConfigureAwait(false);
        return ReadOutcome(reply.Body);
    }

    internal DocumentBuilder Command(WriteCommand write)
    {
        var command = new DocumentBuilder
        {
            { CommandName(write.Kind), write.Collection.Name.Collection },
            { "ordered", write.Ordered },
        };
        if (write.Kind != WriteKind.Delete)
        {
            command.Add("bypassDocumentValidation", true);
            if (capabilities().BypassEmptyTimestampReplacement)
            {
                command.Add("bypassEmptyTsReplacement", true);
            }
        }

        return write.Collection.Uuid == Guid.Empty
            ? command
            : command.Add("collectionUUID", RawValue.Uuid(write.Collection.Uuid));
    }

    internal static DocumentBuilder AddSession(DocumentBuilder command, WriteTicket ticket) =>
        ticket.Session == Guid.Empty
            ? command
            : command
                .Add("lsid", new DocumentBuilder { { "id", RawValue.Uuid(ticket.Session) } })
                .Add("txnNumber", ticket.TransactionNumber);

    /// <summary>
    /// What failed for a reason that lies in its statement is an error of that statement; what would fail with any statement is a
    /// fault of the whole command.
    /// </summary>
    private WriteOutcome ReadOutcome(RawDocument reply)
    {
        var errors = new List<StatementError>();
        if (reply["writeErrors"u8] is { Type: BsonType.Array } found)
        {
            foreach (var element in found.AsDocument)
            {
                var error = element.Value.AsDocument;
                var fault = FaultTranslator.FromError(channel.Side, Stage.Write, error, isTransient: false);
                if (fault.Kind is FaultKind.Transient or FaultKind.Moved or FaultKind.Fenced)
                {
                    throw fault;
                }

                errors.Add(
                    new(
                        (int)(error["index"u8].ToInt64() ?? 0),
                        fault.Code,
                        fault.Message,
                        error["keyValue"u8] is { Type: BsonType.Document } key
                            ? new(key.Bytes.ToArray())
                            : RawDocument.Empty
                    )
                );
            }
        }

        return new((int)(reply["n"u8].ToInt64() ?? 0), errors, OperationTime(reply));
    }

    internal static ClusterTime OperationTime(RawDocument reply) =>
        reply["operationTime"u8] is { Type: BsonType.Timestamp } time ? time.AsTimestamp : default;

    private static string CommandName(WriteKind kind) =>
        kind switch
        {
            WriteKind.Insert => "insert",
            WriteKind.Update => "update",
            WriteKind.Delete => "delete",
        };

    private static string SequenceName(WriteKind kind) =>
        kind switch
        {
            WriteKind.Insert => "documents",
            WriteKind.Update => "updates",
            WriteKind.Delete => "deletes",
        };
}
