using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>
/// Reads requests off a socket into one small buffer. A large document sequence is not kept: its documents are counted by their length
/// words while it streams through, which is as close to "acknowledged at once" as counting allows.
/// </summary>
internal sealed class RequestReader(Socket socket)
{
    private readonly byte[] buffer = new byte[256 * 1024];
    private int start;
    private int end;

    /// <summary>The next request; <see langword="null"/> when the client has gone.</summary>
    public async ValueTask<NullRequest?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(MessageHeader.Size, cancellationToken))
        {
            return null;
        }

        var header = MessageHeader.Read(buffer.AsSpan(start));
        if (header.OpCode == OpCode.Query)
        {
            await RequireAsync(header.Length, cancellationToken);
            var query = LegacyQuery.Parse(buffer.AsMemory(start, header.Length).ToArray());
            start += header.Length;
            return new(header, query.Query, 0, 0);
        }

        const int bodyAt = MessageHeader.Size + 5;
        await RequireAsync(bodyAt + 4, cancellationToken);
        var bodyLength = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(start + bodyAt));
        start += bodyAt;
        var body = new RawDocument(await TakeAsync(bodyLength, cancellationToken));
        var rest = header.Length - bodyAt - bodyLength;
        return rest == 0 ? new(header, body, 0, 0) : await ReadSequenceAsync(header, body, rest, cancellationToken);
    }

    private async ValueTask<NullRequest> ReadSequenceAsync(
        MessageHeader header,
        RawDocument body,
        int length,
        CancellationToken cancellationToken
    )
    {
        const int nameAt = 5;
        await RequireAsync(Math.Min(length, 64), cancellationToken);
        var nameLength = buffer.AsSpan(start + nameAt).IndexOf((byte)0);
        var name = Encoding.UTF8.GetString(buffer.AsSpan(start + nameAt, nameLength));
        start += nameAt + nameLength + 1;
        var rest = length - nameAt - nameLength - 1;
        if (name == NullRequest.Relayed)
        {
            await SkipAsync(rest, cancellationToken);
            return new(header, body, 0, rest);
        }

        if (body["$db"].AsString == ReservedDocuments.Database)
        {
            var documents = new DocumentSequence(name, await TakeAsync(rest, cancellationToken)).ToList();
            var whole = new DocumentBuilder()
                .AddAll(body)
                .Add(name, RawValue.Array(documents.Select(RawValue.Document)));
            return new(header, whole.Build(), documents.Count, 0);
        }

        return new(header, body, await CountAsync(rest, cancellationToken), 0);
    }

    private async ValueTask<byte[]> TakeAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        for (var taken = 0; taken < length; )
        {
            await RequireAsync(1, cancellationToken);
            var some = Math.Min(end - start, length - taken);
            buffer.AsSpan(start, some).CopyTo(bytes.AsSpan(taken));
            start += some;
            taken += some;
        }

        return bytes;
    }

    private async ValueTask SkipAsync(int length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            await RequireAsync(1, cancellationToken);
            var some = Math.Min(end - start, length);
            start += some;
            length -= some;
        }
    }

    private async ValueTask<int> CountAsync(int length, CancellationToken cancellationToken)
    {
        var count = 0;
        while (length > 0)
        {
            await RequireAsync(4, cancellationToken);
            var document = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(start));
            await SkipAsync(document, cancellationToken);
            length -= document;
            count++;
        }

        return count;
    }

    private async ValueTask RequireAsync(int count, CancellationToken cancellationToken)
    {
        if (end - start < count && !await FillAsync(count, cancellationToken))
        {
            throw new EndOfStreamException("the client left in the middle of a request");
        }
    }

    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        if (count > buffer.Length)
        {
            throw new InvalidDataException($"a request needs {count} bytes at once");
        }

        if (start + count > buffer.Length || start == end)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }

        while (end - start < count)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(end), cancellationToken);
            if (received == 0)
            {
                return false;
            }

            end += received;
        }

        return true;
    }
}
