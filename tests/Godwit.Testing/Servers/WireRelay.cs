using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Testing.Servers;

/// <summary>
/// Stands between a client and the members of a cluster, whatever servers these are, and loses or delays what a test chooses. The
/// members' addresses in replies become the relay's own, so that a client which discovers the set stays with it. Speaks neither TLS nor
/// compression.
/// </summary>
public sealed class WireRelay : IAsyncDisposable
{
    private readonly CancellationTokenSource stopped = new();
    private readonly List<(TcpListener Listener, string Member, string Own)> doors = [];
    private readonly ConcurrentQueue<(string Member, byte[] Frame)> kept = [];
    private readonly List<Task> accepting;
    private volatile Func<RelayRequest, RelayFate> judge = _ => RelayFate.Passed;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int lostAnswers;

    /// <summary>Begins to listen, in place of each of these <c>host:port</c>.</summary>
    public WireRelay(IEnumerable<string> members)
    {
        foreach (var member in members)
        {
            doors.Add(OpenDoor(member));
        }

        accepting = doors.ConvertAll(door => AcceptAsync(door.Listener, door.Member));
    }

    /// <summary>Says what becomes of each request from now on.</summary>
    public Func<RelayRequest, RelayFate> Judge
    {
        set => judge = value;
    }

    /// <summary>How many answers were lost so far.</summary>
    public int LostAnswers => Volatile.Read(ref lostAnswers);

    /// <summary>The connection string with the relay's addresses.</summary>
    public string Through(string connectionString) =>
        doors.Aggregate(
            connectionString,
            (text, door) => text.Replace(door.Member, door.Own, StringComparison.Ordinal)
        );

    /// <summary>Waits until a request stands on the way.</summary>
    public async Task WaitUntilKeptAsync(TimeSpan patience, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        while (true)
        {
            var next = Volatile.Read(ref changed).Task;
            if (!kept.IsEmpty)
            {
                return;
            }

            await next.WaitAsync(limit.Token);
        }
    }

    /// <summary>Delivers all that stands on the way; returns what the servers answer, which no client gets to see.</summary>
    public async Task<IReadOnlyList<RawDocument>> DeliverAsync(CancellationToken cancellation)
    {
        var answers = new List<RawDocument>();
        while (kept.TryDequeue(out var one))
        {
            using var server = await ConnectAsync(one.Member, cancellation);
            var stream = server.GetStream();
            await stream.WriteAsync(one.Frame, cancellation);
            var reply = await new FrameReader(PipeReader.Create(stream)).ReadAsync(cancellation);
            answers.Add(OpMessage.Parse(reply ?? throw WireException.Malformed("no answer")).Body);
        }

        return answers;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        // Not before their loops have ended: one that is between two clients would ask a closed listener for the next.
        await Task.WhenAll(accepting);
        doors.ForEach(door => door.Listener.Dispose());
        stopped.Dispose();
    }

    /// <summary>On a port of as many digits as the member's, so that an address in a reply keeps its length.</summary>
    private static (TcpListener Listener, string Member, string Own) OpenDoor(string member)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var own = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        return own.Length == member.Length
            ? (listener, member, own)
            : throw new ArgumentException($"{member} is no address on 127.0.0.1 with a port of five digits");
    }

    private static async Task<TcpClient> ConnectAsync(string member, CancellationToken cancellation)
    {
        var server = new TcpClient { NoDelay = true };
        await server.ConnectAsync(IPEndPoint.Parse(member), cancellation);
        return server;
    }

    private async Task AcceptAsync(TcpListener listener, string member)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stopped.Token), member));
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client, string member)
    {
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(stopped.Token);
        var lost = new ConcurrentDictionary<int, bool>();
        using var one = client;
        try
        {
            client.NoDelay = true;
            using var server = await ConnectAsync(member, closing.Token);
            var there = ForwardAsync(
                client.GetStream(),
                server.GetStream(),
                f => IsForServer(f, member, lost),
                closing
            );
            var back = ForwardAsync(server.GetStream(), client.GetStream(), f => IsForClient(f, lost), closing);
            await Task.WhenAll(there, back);
        }
        catch (Exception gone)
            when (gone is OperationCanceledException or IOException or SocketException or WireException)
        {
            // One side closed the connection, a fate did, or the test ended.
        }
    }

    /// <summary>Forwards frames until one side closes; then both are closed.</summary>
    private static async Task ForwardAsync(
        NetworkStream from,
        NetworkStream to,
        Func<byte[], bool?> judge,
        CancellationTokenSource closing
    )
    {
        try
        {
            var frames = new FrameReader(PipeReader.Create(from));
            while (await frames.ReadAsync(closing.Token) is { } frame && judge(frame) is { } isForwarded)
            {
                if (isForwarded)
                {
                    await to.WriteAsync(frame, closing.Token);
                }
            }
        }
        finally
        {
            await closing.CancelAsync();
        }
    }

    /// <summary>Whether a request goes on to the server; <see langword="null"/> closes the connection.</summary>
    private bool? IsForServer(byte[] frame, string member, ConcurrentDictionary<int, bool> lost)
    {
        var header = MessageHeader.Read(frame);
        if (header.OpCode != OpCode.Message)
        {
            return true;
        }

        switch (judge(Describe(OpMessage.Parse(frame).Body)))
        {
            case RelayFate.AnswerLost:
                lost[header.RequestId] = true;
                return true;
            case RelayFate.Delayed:
                Keep(member, frame);
                return null;
            case RelayFate.Held:
                Keep(member, frame);
                return false;
            default:
                return true;
        }
    }

    private bool? IsForClient(byte[] frame, ConcurrentDictionary<int, bool> lost)
    {
        if (lost.ContainsKey(MessageHeader.Read(frame).ResponseTo))
        {
            _ = Interlocked.Increment(ref lostAnswers);
            return null;
        }

        foreach (var (_, member, own) in doors)
        {
            Replace(frame, Encoding.ASCII.GetBytes(member), Encoding.ASCII.GetBytes(own));
        }

        return true;
    }

    private void Keep(string member, byte[] frame)
    {
        kept.Enqueue((member, frame));
        Interlocked.Exchange(ref changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private static RelayRequest Describe(RawDocument body)
    {
        var first = body.First();
        var collection = first.Value.Type == BsonType.String ? $".{first.Value.AsString}" : "";
        return new(first.Name, $"{body["$db"].AsString}{collection}");
    }

    private static void Replace(Span<byte> bytes, ReadOnlySpan<byte> what, ReadOnlySpan<byte> by)
    {
        for (var at = bytes.IndexOf(what); at >= 0; at = bytes.IndexOf(what))
        {
            by.CopyTo(bytes[at..]);
            bytes = bytes[(at + what.Length)..];
        }
    }
}
