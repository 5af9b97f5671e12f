using System.Diagnostics;
using Xunit;

namespace Godwit.Testing.Servers;

/// <summary>A PostgreSQL server of the test's own, from the system's package; a test that asks for one is skipped where there is none.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-postgres-").FullName;
    private readonly string programs;

    private PostgresServer(string programs, int port)
    {
        this.programs = programs;
        Uri = $"postgres://godwit@127.0.0.1:{port}/postgres";
        Address = $"Host=127.0.0.1;Port={port};Username=godwit;Database=postgres";
        HubFolder = Directory.CreateTempSubdirectory("godwit-hub-").FullName;
    }

    /// <summary>As .NET's client takes it.</summary>
    public string Address { get; }

    /// <summary>As a URI.</summary>
    public string Uri { get; }

    /// <summary>For the keys of Hubs on it.</summary>
    public string HubFolder { get; }

    private string Data => Path.Combine(folder, "data");

    /// <summary>Starts one; skips the test by name where there is none.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var programs = Programs();
        Assert.SkipWhen(programs is null, "PostgreSQL is not installed");
        var port = LoopbackPorts.Free(1)[0];
        var server = new PostgresServer(programs!, port);
        if (IsRoot)
        {
            // It refuses to run as root.
            await RunAsync("chown", "postgres", server.folder);
        }

        await server.AsUserAsync("initdb", "-D", server.Data, "-U", "godwit", "-A", "trust", "--no-sync");
        var options =
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={server.folder} -c fsync=off";
        await server.AsUserAsync(
            "pg_ctl",
            "-D",
            server.Data,
            "-o",
            options,
            "-l",
            $"{server.folder}/log",
            "-w",
            "start"
        );
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await AsUserAsync("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        Directory.Delete(folder, recursive: true);
        Directory.Delete(HubFolder, recursive: true);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string? Programs() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .EnumerateDirectories("/usr/lib/postgresql")
                .Select(version => Path.Combine(version, "bin"))
                .LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            : null;

    private Task AsUserAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(programs, program);
        return IsRoot ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments]) : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Output is not read: the server would keep a pipe open.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1", program, .. arguments])
        {
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(CancellationToken.None);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
