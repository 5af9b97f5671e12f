using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Testing.Servers;

/// <summary>
/// A server on loopback that answers each OP_MSG with what a script returns: for tests of clients that need a reply no real server
/// would give, or none. hello is answered by itself unless the script does.
/// </summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopped = new();
    private readonly Func<RawDocument, RawDocument?> script;
    private readonly X509Certificate2? certificate;
    private readonly Task accepting;

    /// <summary>Starts listening.</summary>
    /// <param name="script">Answers a command; <see langword="null"/> closes the connection without an answer.</param>
    /// <param name="certificate">With it the server speaks TLS.</param>
    public ScriptedServer(Func<RawDocument, RawDocument?> script, X509Certificate2? certificate = null)
    {
        this.script = script;
        this.certificate = certificate;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Where it listens, <c>host:port</c>.</summary>
    public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>The reply to hello of the only member of a replica set.</summary>
    public RawDocument HelloOfPrimary() =>
        new DocumentBuilder
        {
            { "hosts", RawValue.Array([Address]) },
            { "setName", "scripted" },
            { "setVersion", 1 },
            { "isWritablePrimary", true },
            { "ismaster", true },
            { "secondary", false },
            { "me", Address },
            { "maxBsonObjectSize", 16777216 },
            { "maxMessageSizeBytes", 48000000 },
            { "maxWriteBatchSize", 100000 },
            { "logicalSessionTimeoutMinutes", 30 },
            { "connectionId", 1 },
            { "minWireVersion", 0 },
            { "maxWireVersion", 25 },
            { "ok", 1.0 },
        }.Build();

    /// <summary>The reply to hello of a lone primary that knows the given compressors.</summary>
    public static RawDocument Hello(params string[] compressors) =>
        new DocumentBuilder
        {
            { "compression", RawValue.Array(compressors.Select(RawValue.String)) },
            { "isWritablePrimary", true },
            { "maxWireVersion", 25 },
            { "minWireVersion", 0 },
            { "ok", 1.0 },
        }.Build();

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        // Not before its loop has ended: one that is between two clients would ask a closed listener for the next.
        await accepting;
        listener.Dispose();
        stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync(stopped.Token)));
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            Stream stream = client.GetStream();
            if (certificate is not null)
            {
                var encrypted = new SslStream(stream);
                await encrypted.AuthenticateAsServerAsync(certificate);
                stream = encrypted;
            }

            var frames = new FrameReader(PipeReader.Create(stream));
            while (await frames.ReadAsync(stopped.Token) is { } frame)
            {
                var compressor = Compressor.None;
                if (MessageHeader.Read(frame).OpCode == OpCode.Compressed)
                {
                    (frame, compressor) = Compression.Unwrap(frame);
                }

                if (Reply(frame) is not { } reply)
                {
                    return;
                }

                await stream.WriteAsync(
                    compressor == Compressor.None ? reply : Compression.Wrap(reply, compressor),
                    stopped.Token
                );
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or WireException)
        {
            // The client went away, or the test ended: nothing is owed to anybody.
        }
    }

    private byte[]? Reply(byte[] frame)
    {
        if (MessageHeader.Read(frame).OpCode == OpCode.Query)
        {
            var query = LegacyQuery.Parse(frame);
            return LegacyReply.ToFrame(1, query.Header.RequestId, Answer(query.Query));
        }

        var request = OpMessage.Parse(frame);
        return Answer(request) is { } answer
            ? OpMessageWriter.ToFrame(1, request.Header.RequestId, MessageFlags.None, answer)
            : null;
    }

    private RawDocument Answer(RawDocument hello) => script(hello) is { IsEmpty: false } answer ? answer : Hello();

    private RawDocument? Answer(OpMessage request)
    {
        var command = new DocumentBuilder().AddAll(request.Body);
        foreach (var sequence in request.Sequences)
        {
            command.Add(sequence.Identifier, RawValue.Array(sequence.ToList().Select(RawValue.Document)));
        }

        var answer = script(command.Build());
        return answer is { IsEmpty: true } && request.Body.First().NameIs("hello") ? Hello() : answer;
    }
}
