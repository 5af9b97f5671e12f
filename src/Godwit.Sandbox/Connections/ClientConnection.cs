using System.IO.Pipelines;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding;
using Godwit.Wire;

namespace Godwit.Sandbox.Connections;

/// <summary>
/// Serves one client: reads a message, runs its command, writes the reply, one after the other. A breach of the protocol ends the
/// connection.
/// </summary>
internal sealed class ClientConnection(Member member, Stream stream, Client client)
{
    /// <summary>What ends a connection without an answer: IllegalOpMsgFlag, TooManyDocumentSequences, ChecksumMismatch.</summary>
    private static readonly int[] FatalCodes = [223, 233, 288];
    private int lastRequestId;

    /// <summary>Serves until the client goes, breaks the protocol, or the member stops.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        using var open = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, member.Traffic.Dropping);
        cancellationToken = open.Token;
        member.Clients.Add(client);
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, bufferSize: 64 * 1024));
        try
        {
            var frames = new FrameReader(input);
            while (await frames.ReadAsync(cancellationToken).ConfigureAwait(false) is { } frame)
            {
                await member.Traffic.PassClientAsync(cancellationToken).ConfigureAwait(false);
                if (member.Traffic.DropsNow() || !await HandleAsync(frame, cancellationToken).ConfigureAwait(false))
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
            OpCode.Message => await HandleMessageAsync(frame, compressor, cancellationToken).ConfigureAwait(false),
            OpCode.Query => await HandleQueryAsync(LegacyQuery.Parse(frame), cancellationToken).ConfigureAwait(false),
            _ => throw WireException.Malformed($"unexpected opcode {(int)header.OpCode}"),
        };
    }

    private async Task<bool> HandleMessageAsync(
        byte[] frame,
        Compressor? compressor,
        CancellationToken cancellationToken
    )
    {
        OpMessage message;
        try
        {
            message = OpMessage.Parse(frame);
        }
        catch (WireException malformed) when (!FatalCodes.Contains(malformed.Code))
        {
            var refusal = member.Dispatcher.Refuse(new CommandException(malformed.Code, malformed.Message));
            var id = MessageHeader.Read(frame).RequestId;
            await ReplyAsync(id, MessageFlags.None, refusal.Reply!.Value, compressor, cancellationToken)
                .ConfigureAwait(false);
            return true;
        }

        return await HandleMessageAsync(message, compressor, cancellationToken).ConfigureAwait(false);
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
            await ReplyAsync(responseTo, flags, reply, compressor, cancellationToken).ConfigureAwait(false);
            if (next is not { } following)
            {
                return true;
            }

            (body, responseTo) = (following, lastRequestId);
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
            request = RequestReader.Read(message, body);
        }
        catch (CommandException refusal)
        {
            return member.Dispatcher.Refuse(refusal);
        }

        return member.ForRouters is { } service && RouterService.Knows(request)
            ? await service.ExecuteAsync(request, client, cancellationToken).ConfigureAwait(false)
            : await member.Dispatcher.ExecuteAsync(request, client, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> HandleQueryAsync(LegacyQuery query, CancellationToken cancellationToken)
    {
        CommandOutcome outcome;
        try
        {
            RequestReader.Check(query.Query);
            outcome = await LegacyCommands.ExecuteAsync(member, client, query, cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException refusal)
        {
            outcome = member.Dispatcher.Refuse(refusal);
        }

        if (outcome.Reply is not { } reply || outcome.ClosesConnection)
        {
            return !outcome.ClosesConnection;
        }

        var frame = LegacyReply.ToFrame(++lastRequestId, query.Header.RequestId, reply);
        await SendAsync(frame, null, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private Task ReplyAsync(
        int responseTo,
        MessageFlags flags,
        RawDocument reply,
        Compressor? compressor,
        CancellationToken cancellationToken
    ) => SendAsync(OpMessageWriter.ToFrame(++lastRequestId, responseTo, flags, reply), compressor, cancellationToken);

    private async Task SendAsync(byte[] frame, Compressor? compressor, CancellationToken cancellationToken)
    {
        var unpacked = frame.Length;
        if (compressor is { } used)
        {
            frame = Compression.Wrap(frame, used);
        }

        member.Counters.CountSent(compressor, frame.Length, unpacked);
        await member.Traffic.PassClientAsync(cancellationToken).ConfigureAwait(false);
        member.Traffic.Spoil(frame);
        await stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool IsNotPrimary(RawDocument reply) =>
        reply["ok"].ToInt64() == 0 && reply["code"].ToInt64() is 10107 or 13435 or 189 or 11602 or 11600;
}
