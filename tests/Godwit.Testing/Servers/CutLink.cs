using System.Net;
using System.Net.Sockets;

namespace Godwit.Testing.Servers;

/// <summary>
/// The way to a port of loopback, which a test may cut: nothing arrives any more, in either direction, and nobody is told, as when packets are
/// lost on a network.
/// </summary>
public sealed class CutLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly CancellationTokenSource stopped = new();
    private readonly Task accepting;
    private volatile TaskCompletionSource whole = Whole();

    /// <summary>Begins to listen.</summary>
    /// <param name="target">The port that it leads to.</param>
    public CutLink(int target)
    {
        this.target = target;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    /// <summary>The port to connect to.</summary>
    public int Port { get; }

    /// <summary>From now on nothing arrives.</summary>
    public void Cut() => whole = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was sent meanwhile arrives, too.</summary>
    public void Heal() => whole.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        listener.Dispose();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopped.Dispose();
    }

    private static TaskCompletionSource Whole()
    {
        var link = new TaskCompletionSource();
        link.SetResult();
        return link;
    }

    private async Task AcceptAsync()
    {
        var carrying = new List<Task>();
        try
        {
            while (true)
            {
                carrying.Add(CarryAsync(await listener.AcceptTcpClientAsync(stopped.Token)));
            }
        }
        finally
        {
            await Task.WhenAll(carrying);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await whole.Task.WaitAsync(stopped.Token);
                await server.ConnectAsync(IPAddress.Loopback, target, stopped.Token);
                using var over = CancellationTokenSource.CreateLinkedTokenSource(stopped.Token);
                var ways = new[]
                {
                    PumpAsync(client.GetStream(), server.GetStream(), over.Token),
                    PumpAsync(server.GetStream(), client.GetStream(), over.Token),
                };
                _ = await Task.WhenAny(ways);
                await over.CancelAsync();
                await Task.WhenAll(ways);
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
            {
                // One of the ends has gone, or the test has ended.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, cancellation)) > 0; )
        {
            await whole.Task.WaitAsync(cancellation);
            await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }
}
