using Xunit;

namespace Godwit.Testing.Servers;

/// <summary>A Redis server of its own for a test; Debian has the package redis-server.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Executable = "/usr/bin/redis-server";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly RunningProgram program;

    private RedisServer(RunningProgram program, int port) => (this.program, Port) = (program, port);

    public int Port { get; }

    /// <summary>As <c>--cluster</c> takes it.</summary>
    public string Address => $"redis://127.0.0.1:{Port}";

    /// <summary>Starts one that keeps nothing on disk; skips the test by name where there is none.</summary>
    public static async Task<RedisServer> StartAsync(CancellationToken cancellation)
    {
        Assert.SkipUnless(File.Exists(Executable), "redis-server is not installed");
        var port = LoopbackPorts.Free(1)[0];
        var program = RunningProgram.Start(
            Executable,
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        );
        await program.LineAsync(
            line => line.Contains("Ready to accept connections", StringComparison.Ordinal),
            Patience,
            cancellation
        );
        return new(program, port);
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();
}
