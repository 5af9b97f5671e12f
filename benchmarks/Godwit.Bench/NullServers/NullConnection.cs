using System.Net.Sockets;
using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>Serves one client: a request, its reply, the next.</summary>
internal sealed class NullConnection(Socket socket, NullNode node)
{
    private readonly List<Task> background = [];
    private (SyntheticCollection? Collection, DocumentBatches? Batches) cached;

    /// <summary>The frame of a collection's batches; kept for the next cursor on the same collection.</summary>
    public DocumentBatches BatchesOf(SyntheticCollection collection)
    {
        if (cached.Collection != collection)
        {
            cached = (collection, new(collection));
        }

        return cached.Batches!;
    }

    /// <summary>Runs something beside the connection; it is awaited when the connection ends.</summary>
    public void Background(Func<CancellationToken, Task> work) =>
        background.Add(Task.Run(() => work(CancellationToken.None)));

    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                var stream = new NetworkStream(socket);
                var reader = new RequestReader(socket);
                while (await reader.ReadAsync(cancellationToken) is { } request)
                {
                    var reply = await node.AnswerAsync(request, this, cancellationToken);
                    await stream.WriteAsync(reply, cancellationToken);
                }
            }
            catch (Exception gone)
                when (gone is OperationCanceledException or IOException or SocketException or WireException)
            {
                // The client went away in the middle of something, or the run is over: nothing is owed to anybody.
            }
            catch (Exception unknown)
            {
                // What a null server cannot answer would be asked again and again: the run ends, and says why.
                await Console.Error.WriteLineAsync(unknown.ToString());
                Environment.Exit(70);
            }
        }

        await Task.WhenAll(background);
    }
}
