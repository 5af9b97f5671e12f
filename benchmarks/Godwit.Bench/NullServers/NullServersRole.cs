using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Godwit.Bench.NullServers;

/// <summary>
/// The process of the null servers: says where they listen, takes <c>mover PID</c> on standard input, writes a line a phase, and runs
/// until its input ends.
/// </summary>
internal static class NullServersRole
{
    public static async Task<int> RunAsync(NullOptions options)
    {
        var phases = new PhaseLog();
        var pair = new NullPair(options, phases);
        using var stopped = new CancellationTokenSource();
        using var source = Listen();
        using var sink = Listen();
        var sourceNode = new NullNode(pair, isSource: true, AddressOf(source));
        var sinkNode = new NullNode(pair, isSource: false, AddressOf(sink));
        var serving = Task.WhenAll(
            AcceptAsync(source, sourceNode, stopped.Token),
            AcceptAsync(sink, sinkNode, stopped.Token)
        );
        var addresses = new NullAddresses(sourceNode.ConnectionString, sinkNode.ConnectionString);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(addresses));
        while (await Console.In.ReadLineAsync(CancellationToken.None) is { } line)
        {
            phases.Watch(int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
        }

        await stopped.CancelAsync();
        await serving;
        return 0;
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static string AddressOf(TcpListener listener) => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    private static async Task AcceptAsync(TcpListener listener, NullNode node, CancellationToken cancellationToken)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(cancellationToken);
                connections.Add(Task.Run(() => new NullConnection(socket, node).ServeAsync(cancellationToken)));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(connections);
        }
    }
}

/// <summary>Where a pair of null servers listens.</summary>
internal sealed record NullAddresses(string Source, string Destination);
