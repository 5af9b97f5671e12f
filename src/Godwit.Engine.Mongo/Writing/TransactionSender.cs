using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Writing;

/// <summary>
/// Executes several commands in one transaction. Sent again with the same ticket it finds out how the first attempt ended: committed
/// is reported as done; anything else as refused (251), since a transaction number is used up by its first statement.
/// </summary>
internal sealed class TransactionSender(CommandChannel channel, WriteSender writes)
{
    private const int NoSuchTransaction = 251;
    private const int TransactionCommitted = 256;
    private static readonly int[] NumberInUse = [117, 50911];

    internal async Task<WriteOutcome> SendAsync(
        WriteTicket ticket,
        IReadOnlyList<WriteCommand> commands,
        CancellationToken cancellationToken
    )
    {
        var count = 0;
        for (var i = 0; i < commands.Count; i++)
        {
            var write = writes.AsStored(commands[i]);
            var command = InTransaction(writes.Command(write), ticket);
            if (i == 0)
            {
                command.Add("startTransaction", true);
            }

            WriteOutcome outcome;
            try
            {
                outcome = await writes.RunAsync(write, command, cancellationToken).ConfigureAwait(false);
            }
            catch (ClusterException used) when (i == 0 && NumberInUse.Contains(used.Code))
            {
                return await ResolveAsync(ticket, commands, cancellationToken).ConfigureAwait(false);
            }

            // The server has aborted the transaction with the first refused statement.
            if (outcome.Errors.Count > 0)
            {
                return outcome;
            }

            count += outcome.Count;
        }

        var reply = await EndAsync("commitTransaction", ticket, cancellationToken).ConfigureAwait(false);
        return new(count, [], WriteSender.OperationTime(reply));
    }

    private static DocumentBuilder InTransaction(DocumentBuilder command, WriteTicket ticket) =>
        WriteSender.AddSession(command, ticket).Add("autocommit", false);

    /// <summary>An attempt whose answer was lost may have been committed, or may still be open: then it is aborted.</summary>
    private async Task<WriteOutcome> ResolveAsync(
        WriteTicket ticket,
        IReadOnlyList<WriteCommand> commands,
        CancellationToken cancellationToken
    )
    {
        try
        {
            _ = await EndAsync("abortTransaction", ticket, cancellationToken).ConfigureAwait(false);
        }
        catch (ClusterException ended) when (ended.Code == TransactionCommitted)
        {
            // Once more, so that it is acknowledged by a majority.
            var reply = await EndAsync("commitTransaction", ticket, cancellationToken).ConfigureAwait(false);
            return new(commands.Sum(command => command.Statements.Count), [], WriteSender.OperationTime(reply));
        }
        catch (ClusterException ended) when (ended.Code == NoSuchTransaction)
        {
            // Aborted before: the same as aborted now.
        }

        return new(
            0,
            [new(0, NoSuchTransaction, "an earlier attempt of this transaction was aborted", RawDocument.Empty)],
            default
        );
    }

    private Task<RawDocument> EndAsync(string name, WriteTicket ticket, CancellationToken cancellationToken) =>
        channel.AskAsync(
            Stage.Write,
            "admin",
            InTransaction(new() { { name, 1 } }, ticket).Add("writeConcern", WriteConcerns.Majority),
            cancellationToken
        );
}
