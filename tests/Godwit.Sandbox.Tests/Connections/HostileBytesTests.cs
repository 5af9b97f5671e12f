using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Testing;
using Godwit.Wire;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Connections;

/// <summary>Whatever bytes a client sends, a member answers or closes the connection, and goes on serving the others.</summary>
public sealed class HostileBytesTests(ITestOutputHelper output)
{
    private const int PingId = 0x50_49_4E_47;
    private const long HeapBytesMax = 512L << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ConcurrentDictionary<string, string> bugs = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Thousands_of_damaged_messages_produce_errors_only() => SendAsync(20_000);

    [Fact]
    [Trait("Set", "Long")]
    public async Task Many_damaged_messages_to_a_router_produce_errors_only()
    {
        await using var sharded = await ShardedSandbox.StartAsync(new() { Shards = 2 }, Token);
        await SendAsync(sharded.RouterPorts[0], 200_000);
    }

    [Fact]
    [Trait("Set", "Long")]
    public Task A_million_damaged_messages_produce_errors_only() => SendAsync(1_000_000);

    [Fact]
    public async Task A_member_with_as_many_clients_as_it_serves_turns_others_away_until_one_leaves()
    {
        await using var cluster = await SandboxCluster.StartAsync(new() { Members = 1, ConnectionsMax = 2 }, Token);
        using var first = await ConnectAsync(cluster);
        using var second = await ConnectAsync(cluster);
        (await AskAsync(first, Ping))["ok"].ToInt64().ShouldBe(1);
        (await AskAsync(second, Ping))["ok"].ToInt64().ShouldBe(1);

        using (var third = await ConnectAsync(cluster))
        {
            (await third.ReceiveAsync(new byte[1], Token)).ShouldBe(0, "it was closed");
        }

        second.Dispose();
        await Condition.UntilAsync(
            async () =>
            {
                using var again = await ConnectAsync(cluster);
                try
                {
                    await SendAllAsync(again, Ping, Token);
                    return await ReceiveAsync(again, Token) is not null;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            () => "nobody was let in where somebody had left",
            Patience,
            Token
        );
    }

    [Fact]
    public async Task A_member_with_as_many_cursors_as_it_keeps_refuses_another_until_one_is_closed()
    {
        await using var cluster = await SandboxCluster.StartAsync(new() { Members = 1, CursorsMax = 2 }, Token);
        using var socket = await ConnectAsync(cluster);
        await AskAsync(socket, Frame("""{ insert: "c", documents: [{ _id: 1 }, { _id: 2 }], $db: "test" }"""));
        var find = Frame("""{ find: "c", batchSize: 1, $db: "test" }""");
        var first = (await AskAsync(socket, find))["cursor"].AsDocument["id"].AsInt64;
        await AskAsync(socket, find);

        var refused = await AskAsync(socket, find);
        refused["code"].AsInt32.ShouldBe((int)ErrorCode.ExceededMemoryLimit);
        refused["errmsg"].AsString.ShouldContain("2 cursors are open already");

        await AskAsync(
            socket,
            Frame($$"""{ killCursors: "c", cursors: [{ $numberLong: "{{first}}" }], $db: "test" }""")
        );
        (await AskAsync(socket, find))["ok"].ToInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_malformed_document_is_refused_and_the_connection_goes_on()
    {
        await using var cluster = await StartAsync();
        using var socket = await ConnectAsync(cluster);
        var body = ShellText.Document("""{ insert: "c", documents: [{ _id: 1, text: "some" }], $db: "test" }""");
        // The value of a field of the document is a text that runs past its end.
        var frame = OpMessageWriter.ToFrame(1, 0, MessageFlags.None, body);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(frame.AsSpan().IndexOf("text\0"u8) + 5), 1000);

        var refused = await AskAsync(socket, frame);
        var pong = await AskAsync(socket, Ping);

        refused["code"].AsInt32.ShouldBe((int)ErrorCode.InvalidBSON);
        pong["ok"].ToInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData(40432)]
    [InlineData(40587)]
    [InlineData(22)]
    public async Task A_breach_that_leaves_the_next_message_readable_is_answered(int code)
    {
        await using var cluster = await StartAsync();
        using var socket = await ConnectAsync(cluster);
        var frame = code == 40587 ? Ping[..(MessageHeader.Size + 4)] : [.. Ping];
        new MessageHeader(frame.Length, 1, 0, OpCode.Message).Write(frame);
        if (code != 40587)
        {
            frame[MessageHeader.Size + (code == 22 ? 5 : 4)] = 99;
        }

        var refused = await AskAsync(socket, frame);
        var pong = await AskAsync(socket, Ping);

        refused["code"].AsInt32.ShouldBe(code);
        pong["ok"].ToInt64().ShouldBe(1);
    }

    private static byte[] Frame(string command) =>
        OpMessageWriter.ToFrame(1, 0, MessageFlags.None, ShellText.Document(command));

    private static byte[] Ping { get; } =
        OpMessageWriter.ToFrame(
            PingId,
            0,
            MessageFlags.None,
            new DocumentBuilder { { "ping", 1 }, { "$db", "admin" } }.Build()
        );

    private static Task<SandboxCluster> StartAsync() => SandboxCluster.StartAsync(new() { Members = 1 }, Token);

    private async Task SendAsync(int messages)
    {
        await using var cluster = await StartAsync();
        await cluster.WaitForPrimaryAsync(Token);
        await SendAsync(cluster.Ports[0], messages);
    }

    private async Task SendAsync(int port, int messages)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var lanes = Enumerable.Range(0, 4).Select(lane => SendAsync(port, messages / 4, new Random(seed + lane)));
        var answered = (await Task.WhenAll(lanes)).Sum();
        output.WriteLine($"{answered} of {messages} were answered");

        string.Join("\n\n", bugs.Values).ShouldBeEmpty();
        answered.ShouldBeGreaterThan(messages / 10);
        GC.GetTotalMemory(forceFullCollection: true).ShouldBeLessThan(HeapBytesMax);
        using var socket = await ConnectAsync(port);
        (await AskAsync(socket, Ping))["ok"].ToInt64().ShouldBe(1);
    }

    private async Task<int> SendAsync(int port, int messages, Random random)
    {
        var frames = WellFormedMessages.All();
        var answered = 0;
        var socket = await ConnectAsync(port);
        for (var i = 0; i < messages; i++)
        {
            var frame = Mutation.Of(frames[random.Next(frames.Count)], random);
            var isWhole = frame.Length >= MessageHeader.Size && random.Next(20) > 0;
            if (isWhole)
            {
                BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length);
            }

            var (survived, replies) = await TryAsync(socket, frame, isWhole);
            answered += replies;
            if (!survived)
            {
                socket.Dispose();
                socket = await ConnectAsync(port);
            }
        }

        socket.Dispose();
        return answered;
    }

    /// <summary>Sends a message and a ping after it: the ping's answer, or the end of the connection, ends the wait.</summary>
    private async Task<(bool Survived, int Replies)> TryAsync(Socket socket, byte[] frame, bool isWhole)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Patience);
        var replies = 0;
        try
        {
            await SendAllAsync(socket, frame, limit.Token);
            if (isWhole)
            {
                await SendAllAsync(socket, Ping, limit.Token);
            }
            else
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            while (await ReceiveAsync(socket, limit.Token) is { } reply)
            {
                if (MessageHeader.Read(reply).ResponseTo == PingId && isWhole)
                {
                    return (true, replies);
                }

                NoteBug(reply, frame);
                replies++;
            }
        }
        catch (SocketException)
        {
            // Closed while it was written to.
        }
        catch (OperationCanceledException hung) when (!Token.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer to {Convert.ToHexString(frame)}", hung);
        }

        return (false, replies);
    }

    /// <summary>Notes a reply that tells of a mistake in the member, once for each place in the code.</summary>
    private void NoteBug(byte[] reply, byte[] sent)
    {
        if (
            MessageHeader.Read(reply).OpCode == OpCode.Message
            && OpMessage.Parse(reply).Body is var body
            && body["code"].ToInt64() == (int)ErrorCode.InternalError
        )
        {
            var message = body["errmsg"].AsString;
            var place = string.Join('\n', message.Split('\n').Take(3));
            _ = bugs.TryAdd(place, $"{message}\nto {Convert.ToHexString(sent)}");
        }
    }

    private static async Task<RawDocument> AskAsync(Socket socket, byte[] frame)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(Patience);
        await SendAllAsync(socket, frame, limit.Token);
        return OpMessage.Parse((await ReceiveAsync(socket, limit.Token)).ShouldNotBeNull()).Body;
    }

    private static Task<Socket> ConnectAsync(SandboxCluster cluster) => ConnectAsync(cluster.Ports[0]);

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Token);
        return socket;
    }

    private static async Task SendAllAsync(Socket socket, byte[] bytes, CancellationToken cancellation)
    {
        for (var sent = 0; sent < bytes.Length; )
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), cancellation);
        }
    }

    /// <summary>The next whole message; <see langword="null"/> once the connection is closed.</summary>
    private static async Task<byte[]?> ReceiveAsync(Socket socket, CancellationToken cancellation)
    {
        var header = new byte[4];
        if (!await FillAsync(socket, header, cancellation))
        {
            return null;
        }

        var message = new byte[BinaryPrimitives.ReadInt32LittleEndian(header)];
        header.CopyTo(message, 0);
        return await FillAsync(socket, message.AsMemory(4), cancellation) ? message : null;
    }

    private static async Task<bool> FillAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellation)
    {
        while (!buffer.IsEmpty)
        {
            var read = await socket.ReceiveAsync(buffer, cancellation);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
        }

        return true;
    }
}
