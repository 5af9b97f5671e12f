using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>A sharded cluster of several processes, of which one after the other is killed under load and started again.</summary>
public sealed class SandboxProcessesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-processes-").FullName;

    private readonly TestCertificates certificates = new();

    private string KeyFile => Path.Combine(folder, "key");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>With users, a key by which the processes know one another, and TLS between them.</summary>
    [Fact]
    public async Task Killed_processes_of_a_sharded_cluster_lose_nothing_acknowledged_and_its_change_stream_goes_on()
    {
        await PythonProgram.SkipWithoutAsync();
        await WriteKeyAsync();
        await using var first = await StartAsync("s0", Shard("s0"));
        await using var second = await StartAsync("s1", Shard("s1"));
        await using var routers = await StartAsync("cluster", "--configsvr", "--replica-set", "1");
        await using var load = PythonProgram.Start(
            "processes.py",
            $"{routers.Uri}&tlsCAFile={Uri.EscapeDataString(certificates.Authority)}",
            $"s0/127.0.0.1:{first.Port}",
            $"s1/127.0.0.1:{second.Port}"
        );

        await load.LineAsync(line => line == "acked 50", Patience, Cancellation);
        await second.KillAndStartAgainAsync();
        await load.LineAsync(line => line == "acked 150", Patience, Cancellation);
        await routers.KillAndStartAgainAsync();
        await load.LineAsync(line => line == "acked 250", Patience, Cancellation);

        load.EndInput();
        (await load.ExitAsync(Patience, Cancellation)).ShouldBe(0, load.Describe());
    }

    public void Dispose()
    {
        certificates.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // Idle shards tell change streams sooner how far they are.
    private static string[] Shard(string name) => ["--shardsvr", "--set-name", name, "--replica-set", "1"];

    private async Task<Process> StartAsync(string name, params string[] arguments)
    {
        var process = new Process([
            "sandbox",
            .. arguments,
            "--periodic-noop-seconds",
            "1",
            "--auth",
            "me:secret",
            "--key-file",
            KeyFile,
            "--tls",
            certificates.Server,
            "--tls-ca",
            certificates.Authority,
            "--data-dir",
            Path.Combine(folder, name),
        ]);
        await process.StartAsync();
        return process;
    }

    private async Task WriteKeyAsync()
    {
        await File.WriteAllTextAsync(KeyFile, "c2FuZGJveCBwcm9jZXNzZXM=", Cancellation);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead);
    }

    /// <summary>One process of the cluster, on the same port in each of its lives.</summary>
    private sealed class Process(IReadOnlyList<string> arguments) : IAsyncDisposable
    {
        private RunningProgram? program;

        public string Uri { get; private set; } = "";

        public int Port { get; } = FreePorts();

        public async Task StartAsync()
        {
            var port = Port.ToString(CultureInfo.InvariantCulture);
            program = GodwitProgram.Start([.. arguments, "--port", port]);
            var line = await program.LineAsync(one => one.Contains("mongodb://"), Patience, Cancellation);
            Uri = line[line.IndexOf("mongodb://", StringComparison.Ordinal)..].Split(' ')[0];
        }

        public async Task KillAndStartAgainAsync()
        {
            await program!.SignalAsync("KILL");
            _ = await program.ExitAsync(Patience, Cancellation);
            await StartAsync();
        }

        // A router and a config server take two, one after the other. Below those that the system gives to others meanwhile.
        private static int FreePorts()
        {
            while (true)
            {
                var port = Random.Shared.Next(20_000, 30_000);
                if (IsFree(port) && IsFree(port + 1))
                {
                    return port;
                }
            }
        }

        private static bool IsFree(int port)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }

        public ValueTask DisposeAsync() => program?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
