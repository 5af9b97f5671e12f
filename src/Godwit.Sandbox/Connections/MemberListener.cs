using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Godwit.Sandbox.Connections;

/// <summary>Accepts a member's clients on its port, with TLS where the member speaks it, and serves each on a task of its own.</summary>
internal sealed class MemberListener : IAsyncDisposable
{
    private const int Backlog = 512;
    private readonly Member member;
    private readonly Socket listener;
    private readonly CancellationTokenSource stopping = new();
    private readonly HashSet<Task> serving = [];
    private readonly Lock gate = new();
    private readonly Task accepting;
    private int open;

    internal MemberListener(Member member, Socket listener)
    {
        this.member = member;
        this.listener = listener;
        accepting = AcceptAsync(stopping.Token);
    }

    /// <summary>Opens a listening socket; port 0 lets the system choose.</summary>
    /// <exception cref="IOException">The port is in use or may not be used; the message names it.</exception>
    internal static Socket Bind(int port)
    {
        var socket = Reserve(port);
        try
        {
            Open(socket);
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw InUse(port, refused);
        }
    }

    /// <summary>
    /// Keeps a port that is not served: whoever connects is refused, and nobody else gets it meanwhile, not even as the near end of a
    /// connection.
    /// </summary>
    internal static Socket Reserve(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw InUse(port, refused);
        }
    }

    /// <summary>Lets clients in at a port that was kept.</summary>
    internal static void Open(Socket reserved) => reserved.Listen(Backlog);

    private static IOException InUse(int port, SocketException refused) =>
        new(
            $"port {port} cannot be listened on ({refused.Message}). Stop what uses it, or choose other ports",
            refused
        );

    /// <summary>Closes the port and all connections at once, as a killed process does.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        listener.Dispose();
        Task[] rest;
        lock (gate)
        {
            rest = [.. serving];
        }

        await Task.WhenAll(rest).ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (member.Clients.IsFull(Volatile.Read(ref open), member.Options.ConnectionsMax))
                {
                    // As mongod does: without a word.
                    socket.Dispose();
                    continue;
                }

                _ = Interlocked.Increment(ref open);
                Track(ServeAsync(socket, cancellationToken));
            }
            catch (Exception ended)
                when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The port was closed, or a client gave up while it was accepted; the loop's condition decides.
            }
        }
    }

    private void Track(Task task)
    {
        lock (gate)
        {
            _ = serving.RemoveWhere(done => done.IsCompleted);
            _ = serving.Add(task);
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        await Task.Yield();
        using (socket)
        {
            using var left = new Departure(this);
            try
            {
                socket.NoDelay = true;
                var network = new NetworkStream(socket);
                await using (network.ConfigureAwait(false))
                {
                    await ServeAsync(socket, network, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception ended)
                when (ended is IOException or SocketException or OperationCanceledException or AuthenticationException)
            {
                // The client went away, failed the TLS handshake, or the member stops: nothing is left to tell it.
            }
        }
    }

    private async Task ServeAsync(Socket socket, NetworkStream network, CancellationToken cancellationToken)
    {
        var tls = member.Options.Tls;
        if (tls is null)
        {
            await new ClientConnection(member, network, NewClient(socket, null))
                .RunAsync(cancellationToken)
                .ConfigureAwait(false);
            return;
        }

        var secured = new SslStream(network, leaveInnerStreamOpen: false);
        await using (secured.ConfigureAwait(false))
        {
            var settings = new SslServerAuthenticationOptions
            {
                ServerCertificate = tls.Certificate,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => tls.Accepts(certificate),
            };
            await secured.AuthenticateAsServerAsync(settings, cancellationToken).ConfigureAwait(false);
            var client = NewClient(socket, secured.RemoteCertificate?.Subject);
            await new ClientConnection(member, secured, client).RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Client NewClient(Socket socket, string? subject) =>
        new(member.Clients.NextId(), socket.RemoteEndPoint!, socket.LocalEndPoint!) { CertificateSubject = subject };

    private sealed class Departure(MemberListener from) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref from.open);
    }
}
