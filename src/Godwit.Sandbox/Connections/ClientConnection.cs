using System.IO.Pipelines;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Wire;

namespace Godwit.Sandbox.Connections;

/// <summary>
/// Serves one client: reads a message, runs its command, writes the reply, one after the other. A breach of the protocol ends the
/// connection.
/// </summary>
internal sealed class ClientConnection(Member member, Stream stream, Client client)
{
    // A document of 16 MiB and 16 KiB around it.
    private const int RequestBytesMax = (16 * 1024 * 1024) + (16 * 1024);
    private int lastRequestId;

    /// <summary>Serves until the client goes, breaks the protocol, or the member stops.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        member.Clients.Add(client);
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, bufferSize: 64 * 1024));
        try
        {
            var frames = new FrameReader(input);
            while (await frames.ReadAsync(cancellationToken).ConfigureAwait(false) is { } frame)
            {
                await member.Traffic.PassClientAsync(cancellationToken).ConfigureAwait(false);
                if (!await HandleAsync(frame, cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (WireException)
        {
            // What follows on this connection cannot be trusted: it is closed without an answer.
        }
        finally
        {
            await input.CompleteAsync().ConfigureAwait(false);
            member.Clients.Remove(client);
        }
    }

    private async Task<bool> HandleAsync(byte[] frame, CancellationToken cancellationToken)
    {
        Compressor? compressor = null;
        var received = frame.Length;
        if (MessageHeader.Read(frame).OpCode == OpCode.Compressed)
        {
            (frame, var used) = Compression.Unwrap(frame);
            compressor = used;
        }

        member.Counters.CountReceived(compressor, received, frame.Length);

        var header = MessageHeader.Read(frame);
        return header.OpCode switch
        {
            OpCode.Message => await HandleMessageAsync(OpMessage.Parse(frame), compressor, cancellationToken)
                .ConfigureAwait(false),
            OpCode.Query => await HandleQueryAsync(LegacyQuery.Parse(frame), cancellationToken).ConfigureAwait(false),
            _ => throw WireException.Malformed($"unexpected opcode {(int)header.OpCode}"),
        };
    }

    private async Task<bool> HandleMessageAsync(
        OpMessage message,
        Compressor? compressor,
        CancellationToken cancellationToken
    )
    {
        var responseTo = message.Header.RequestId;
        var body = message.Body;
        while (true)
        {
            var outcome = await ExecuteAsync(message, body, cancellationToken).ConfigureAwait(false);
            if (outcome.Reply is not { } reply || outcome.ClosesConnection)
            {
                return !outcome.ClosesConnection;
            }

            if (message.HasMoreToCome)
            {
                return !IsNotPrimary(reply);
            }

            var next = message.IsExhaustAllowed ? ExhaustContinuation.After(body, reply) : null;
            var flags = (message.Flags & MessageFlags.ChecksumPresent) | (next is null ? 0 : MessageFlags.MoreToCome);
            var id = ++lastRequestId;
            var frame = OpMessageWriter.ToFrame(id, responseTo, flags, reply);
            await SendAsync(frame, compressor, cancellationToken).ConfigureAwait(false);
            if (next is not { } following)
            {
                return true;
            }

            (body, responseTo) = (following, id);
        }
    }

    private async ValueTask<CommandOutcome> ExecuteAsync(
        OpMessage message,
        RawDocument body,
        CancellationToken cancellationToken
    )
    {
        CommandRequest request;
        try
        {
            request = ToRequest(message, body);
        }
        catch (CommandException refusal)
        {
            return member.Dispatcher.Refuse(refusal);
        }

        return await member.Dispatcher.ExecuteAsync(request, client, cancellationToken).ConfigureAwait(false);
    }

    private static CommandRequest ToRequest(OpMessage message, RawDocument body)
    {
        if (body.Length > RequestBytesMax)
        {
            throw new CommandException(
                ErrorCode.BSONObjectTooLarge,
                $"BSONObj size: {body.Length} (0x{body.Length:X}) is invalid. Size must be between 0 and {RequestBytesMax}(16MB) First element: {body.First()}"
            );
        }

        var database = body["$db"];
        if (database.Type != BsonType.String)
        {
            throw new CommandException(40571, "OP_MSG requests require a $db argument");
        }

        Dictionary<string, IReadOnlyList<RawDocument>>? sequences = null;
        foreach (var sequence in message.Sequences)
        {
            if (body.Has(sequence.Identifier))
            {
                throw new CommandException(
                    40433,
                    $"Duplicate field between body and document sequence {sequence.Identifier}"
                );
            }

            sequences ??= new(StringComparer.Ordinal);
            sequences.Add(sequence.Identifier, sequence.ToList());
        }

        return new(body, database.AsString, sequences)
        {
            IsAcknowledged = !message.HasMoreToCome,
            IsExhaustAllowed = message.IsExhaustAllowed,
        };
    }

    private async Task<bool> HandleQueryAsync(LegacyQuery query, CancellationToken cancellationToken)
    {
        var outcome = await LegacyCommands.ExecuteAsync(member, client, query, cancellationToken).ConfigureAwait(false);
        if (outcome.Reply is not { } reply || outcome.ClosesConnection)
        {
            return !outcome.ClosesConnection;
        }

        var frame = LegacyReply.ToFrame(++lastRequestId, query.Header.RequestId, reply);
        await SendAsync(frame, null, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task SendAsync(byte[] frame, Compressor? compressor, CancellationToken cancellationToken)
    {
        var unpacked = frame.Length;
        if (compressor is { } used)
        {
            frame = Compression.Wrap(frame, used);
        }

        member.Counters.CountSent(compressor, frame.Length, unpacked);
        await member.Traffic.PassClientAsync(cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool IsNotPrimary(RawDocument reply) =>
        reply["ok"].ToInt64() == 0 && reply["code"].ToInt64() is 10107 or 13435 or 189 or 11602 or 11600;
}
