using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Bench.Movers;

/// <summary>
/// A connection of the relay: sends commands and receives reply frames into one buffer of its own, looking at nothing but lengths and
/// the cursor's id. What any mover of bytes has to do, and no more.
/// </summary>
internal sealed class RelayConnection : IDisposable
{
    private const int BodyAt = MessageHeader.Size + 5;
    private readonly Socket socket;
    private readonly NetworkStream stream;
    private byte[] buffer = new byte[64 * 1024];
    private int length;
    private int requests;

    private RelayConnection(Socket socket)
    {
        this.socket = socket;
        stream = new(socket);
    }

    public ReadOnlyMemory<byte> Frame => buffer.AsMemory(0, length);

    /// <summary>The documents of the frame's cursor, as the array holds them.</summary>
    public RawDocument Cursor => new RawDocument(Frame[BodyAt..])["cursor"u8].AsDocument;

    public static async Task<RelayConnection> OpenAsync(string connectionString)
    {
        var uri = new Uri(connectionString);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(uri.Host), uri.Port);
        return new(socket);
    }

    public async Task RunAsync(DocumentBuilder command, string database)
    {
        await SendAsync(command, database);
        await ReceiveAsync();
    }

    public ValueTask SendAsync(DocumentBuilder command, string database) =>
        stream.WriteAsync(
            OpMessageWriter.ToFrame(++requests, 0, MessageFlags.None, command.Add("$db", database).Build())
        );

    /// <summary>Sends a write command whose statements are bytes as they came.</summary>
    public async Task RelayAsync(DocumentBuilder command, string database, ReadOnlyMemory<byte> payload)
    {
        var head = OpMessageWriter.ToFrame(
            ++requests,
            0,
            MessageFlags.None,
            command.Add("$db", database).Build(),
            new DocumentSequence(NullServers.NullRequest.Relayed, default)
        );
        var sectionLength = head.AsSpan(head.Length - NullServers.NullRequest.Relayed.Length - 5);
        BinaryPrimitives.WriteInt32LittleEndian(
            sectionLength,
            BinaryPrimitives.ReadInt32LittleEndian(sectionLength) + payload.Length
        );
        BinaryPrimitives.WriteInt32LittleEndian(head, head.Length + payload.Length);
        await stream.WriteAsync(head);
        await stream.WriteAsync(payload);
        await ReceiveAsync();
    }

    public async Task ReceiveAsync()
    {
        await stream.ReadExactlyAsync(buffer.AsMemory(0, MessageHeader.Size));
        length = MessageHeader.Read(buffer).Length;
        if (length > buffer.Length)
        {
            var larger = new byte[length + (length / 4)];
            buffer.AsSpan(0, MessageHeader.Size).CopyTo(larger);
            buffer = larger;
        }

        await stream.ReadExactlyAsync(buffer.AsMemory(MessageHeader.Size, length - MessageHeader.Size));
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }
}
