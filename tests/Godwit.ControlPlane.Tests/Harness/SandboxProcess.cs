using MongoDB.Driver;
using Xunit;

namespace Godwit.ControlPlane.Tests.Harness;

/// <summary>A Sandbox in a process of its own, whose clients have to log in: a set of one member, or a sharded cluster of such sets.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private readonly RunningProgram program;

    private SandboxProcess(RunningProgram program, string address, string? authorityFile)
    {
        this.program = program;
        PlainAddress = address;
        var settings = MongoClientSettings.FromConnectionString(address);
        if (authorityFile is null)
        {
            ConnectionString = address;
        }
        else
        {
            var mark = address.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            ConnectionString = $"{address}{mark}tlsCAFile={Uri.EscapeDataString(authorityFile)}";
            // The test's own look at the data; what is tested checks certificates itself.
            settings.SslSettings = new() { ServerCertificateValidationCallback = (_, _, _, _) => true };
        }

        Client = new MongoClient(settings);
    }

    /// <summary>With the administrator's user and password, and the file of its authority where it has one.</summary>
    public string ConnectionString { get; }

    /// <summary>The same, without a file of this machine.</summary>
    public string PlainAddress { get; }

    public IMongoClient Client { get; }

    public static Task<SandboxProcess> StartAsync(string password, params string[] options) =>
        StartAsync(password, null, ["--replica-set", "1", .. options]);

    /// <summary>A server that belongs to no set.</summary>
    public static Task<SandboxProcess> StartStandaloneAsync(string password) =>
        StartAsync(password, null, ["--standalone"]);

    /// <summary>A sharded cluster.</summary>
    public static Task<SandboxProcess> StartShardedAsync(string password, int shards) =>
        StartAsync(password, null, ["--sharded", $"{shards}x1"]);

    /// <summary>One whose clients have to encrypt and to know its authority.</summary>
    /// <param name="password">The administrator's.</param>
    /// <param name="authority">Its authority and certificate.</param>
    /// <param name="shards">Number of shards; <see langword="null"/> for a replica set.</param>
    public static Task<SandboxProcess> StartEncryptedAsync(
        string password,
        TestAuthority authority,
        int? shards = null
    ) =>
        StartAsync(
            password,
            authority.AuthorityFile,
            [
                .. shards is { } count ? ["--sharded", $"{count}x1"] : new[] { "--replica-set", "1" },
                "--tls",
                authority.CertificateFile,
            ]
        );

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await program.DisposeAsync();
    }

    private static async Task<SandboxProcess> StartAsync(string password, string? authorityFile, string[] options)
    {
        var program = GodwitProgram.Start(["sandbox", "--port", "0", "--auth", $"root:{password}", .. options]);
        try
        {
            var line = await program.LineAsync(
                text => text.StartsWith("mongodb://", StringComparison.Ordinal),
                TimeSpan.FromMinutes(3),
                TestContext.Current.CancellationToken
            );
            var address = line.Replace("root:***@", $"root:{password}@", StringComparison.Ordinal);
            return new(program, address, authorityFile);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }
}
