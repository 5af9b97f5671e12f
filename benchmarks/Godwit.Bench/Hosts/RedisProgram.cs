using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Bench.Measuring;

namespace Godwit.Bench.Hosts;

/// <summary>A Redis server for hosts to find each other in; Debian has the package redis-server.</summary>
internal sealed class RedisProgram : IAsyncDisposable
{
    private const string Executable = "/usr/bin/redis-server";
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private readonly MeasuredProgram program;

    private RedisProgram(MeasuredProgram program, int port) =>
        (this.program, Address) = (program, string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{port}"));

    /// <summary>As <c>--cluster</c> takes it.</summary>
    public string Address { get; }

    public static async Task<RedisProgram> StartAsync()
    {
        if (!File.Exists(Executable))
        {
            throw new InvalidOperationException($"hosts find each other in Redis, and there is no {Executable}");
        }

        var port = FreePort();
        var program = MeasuredProgram.Start(
            Executable,
            "--port",
            port.ToString(CultureInfo.InvariantCulture),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no"
        );
        await program.LineAsync(
            line => line.Contains("Ready to accept connections", StringComparison.Ordinal),
            StartMax
        );
        return new(program, port);
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
