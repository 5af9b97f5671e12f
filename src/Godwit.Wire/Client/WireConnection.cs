using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Godwit.Bson;

namespace Godwit.Wire.Client;

/// <summary>
/// One authenticated connection to one server. Used by one caller at a time; a request may be sent before the reply of the one
/// before it is received, and replies come in the order of requests. The first failure breaks it for good: that cause is kept and
/// every later use fails with it. Cancelling in the middle of a message breaks it too, since the stream is then out of step.
/// </summary>
internal sealed class WireConnection : IAsyncDisposable
{
    private readonly Stream stream;
    private readonly FrameBuffer frames;
    private readonly RequestWriter writer;
    private Exception? firstCause;

    private WireConnection(string address, Stream stream)
    {
        Address = address;
        this.stream = stream;
        frames = new(stream);
        writer = new(stream);
    }

    /// <summary>The server's <c>host:port</c> as it was connected to.</summary>
    internal string Address { get; }

    /// <summary>The reply to hello.</summary>
    internal RawDocument Hello { get; private set; } = RawDocument.Empty;

    /// <summary>Whether it cannot be used any more.</summary>
    internal bool IsBroken => Volatile.Read(ref firstCause) is not null;

    /// <summary>Connects, negotiates and authenticates.</summary>
    /// <exception cref="ConnectionException">The server cannot be reached or the TLS handshake fails.</exception>
    /// <exception cref="HandshakeException">The server refuses.</exception>
    internal static async Task<WireConnection> OpenAsync(
        string address,
        ConnectionSettings settings,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(settings.OpenTimeout);
        WireConnection? connection = null;
        try
        {
            connection = new(address, await ConnectAsync(address, settings.Tls, deadline.Token).ConfigureAwait(false));
            var (hello, compressor) = await Handshake
                .RunAsync(connection, settings, deadline.Token)
                .ConfigureAwait(false);
            connection.Hello = hello;
            connection.writer.Compressor = compressor;
            var opened = connection;
            connection = null;
            return opened;
        }
        catch (OperationCanceledException cause) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConnectionException($"{address} did not answer in time", cause);
        }
        catch (Exception cause) when (cause is SocketException or AuthenticationException)
        {
            throw new ConnectionException($"cannot connect to {address}: {cause.Message}", cause);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends a command and receives its reply, which may say that the command failed.</summary>
    internal async Task<Reply> RunAsync(
        RawDocument command,
        CancellationToken cancellationToken,
        DocumentSequence sequence = default,
        bool isBatch = false
    )
    {
        await SendAsync(command, sequence, cancellationToken).ConfigureAwait(false);
        return await ReceiveAsync(cancellationToken, isBatch).ConfigureAwait(false);
    }

    /// <summary>Sends a command (with <c>$db</c>); a sequence without identifier is none.</summary>
    internal async ValueTask SendAsync(
        RawDocument command,
        DocumentSequence sequence,
        CancellationToken cancellationToken
    )
    {
        ThrowIfBroken();
        try
        {
            await writer.WriteAsync(command, sequence, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            Break(cause);
            throw Translate(cause);
        }
    }

    /// <summary>Receives the reply of the oldest request not yet answered.</summary>
    /// <param name="cancellationToken">Breaks the connection if the reply is under way.</param>
    /// <param name="isBatch">
    /// Whether it is a cursor's, to be read by <see cref="Reply.Gather"/> alone: the array of a large batch is destroyed as it arrives.
    /// </param>
    internal async Task<Reply> ReceiveAsync(CancellationToken cancellationToken, bool isBatch = false)
    {
        ThrowIfBroken();
        try
        {
            var frame = await frames.ReceiveAsync(isBatch, cancellationToken).ConfigureAwait(false);
            try
            {
                return new Reply(frame);
            }
            catch
            {
                BlockPool.Return(frame.Block);
                throw;
            }
        }
        catch (Exception cause)
        {
            Break(cause);
            throw Translate(cause);
        }
    }

    /// <summary>Closes the connection; a request under way fails with <paramref name="cause"/>. Only the first call counts.</summary>
    internal void Break(Exception cause)
    {
        if (Interlocked.CompareExchange(ref firstCause, cause, null) is null)
        {
            stream.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        Break(new ObjectDisposedException(nameof(WireConnection)));
        return ValueTask.CompletedTask;
    }

    private static async Task<Stream> ConnectAsync(
        string address,
        TlsSettings? tls,
        CancellationToken cancellationToken
    )
    {
        var colon = address.LastIndexOf(':');
        var host = address[..colon].Trim('[', ']');
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A peer that vanished without a word is noticed within a minute, not after the system's two hours.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            var endPoint = new DnsEndPoint(
                host,
                int.Parse(address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture)
            );
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is null)
            {
                return stream;
            }

            var encrypted = new SslStream(stream);
            await encrypted.AuthenticateAsClientAsync(tls.ToOptions(host), cancellationToken).ConfigureAwait(false);
            return encrypted;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void ThrowIfBroken()
    {
        if (Volatile.Read(ref firstCause) is { } cause)
        {
            throw new ConnectionException($"the connection to {Address} is broken: {cause.Message}", cause);
        }
    }

    private Exception Translate(Exception thrown)
    {
        var cause = firstCause ?? thrown;
        return thrown is OperationCanceledException
            ? thrown
            : new ConnectionException($"the connection to {Address} broke: {cause.Message}", cause);
    }
}
