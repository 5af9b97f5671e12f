using Godwit.Engine.Mongo.Connections;
using MongoDB.Driver;
using Xunit;

namespace Godwit.ControlPlane.Tests.Harness;

/// <summary>A Sandbox of one member in a process of its own, whose clients have to log in.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private readonly RunningProgram program;

    private SandboxProcess(RunningProgram program, string connectionString)
    {
        this.program = program;
        ConnectionString = connectionString;
        Client = new MongoClient(MongoAddress.Parse(connectionString).DriverSettings);
    }

    /// <summary>With the administrator's user and password.</summary>
    public string ConnectionString { get; }

    /// <summary>The same, without a file of this machine that tells its authority.</summary>
    public string PlainAddress { get; private init; } = "";

    public IMongoClient Client { get; }

    /// <summary>One whose clients have to encrypt and to know its authority.</summary>
    public static Task<SandboxProcess> StartEncryptedAsync(
        string password,
        TestAuthority authority,
        params string[] shape
    ) => StartAsync(password, authority, shape, "--tls", authority.CertificateFile);

    public static Task<SandboxProcess> StartAsync(string password, params string[] options) =>
        StartAsync(password, null, [], options);

    private static async Task<SandboxProcess> StartAsync(
        string password,
        TestAuthority? authority,
        string[] shape,
        params string[] options
    )
    {
        var program = GodwitProgram.Start([
            "sandbox",
            "--port",
            "0",
            .. shape.Length > 0 ? shape : ["--replica-set", "1"],
            "--auth",
            $"root:{password}",
            .. options,
        ]);
        try
        {
            var line = await program.LineAsync(
                text => text.StartsWith("mongodb://", StringComparison.Ordinal),
                TimeSpan.FromSeconds(60),
                TestContext.Current.CancellationToken
            );
            var plain = line.Replace("root:***@", $"root:{password}@", StringComparison.Ordinal);
            var whole = authority is null
                ? plain
                : ConnectionText.WithOption(plain, "tlsCAFile", Uri.EscapeDataString(authority.AuthorityFile));
            return new(program, whole) { PlainAddress = plain };
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await program.DisposeAsync();
    }
}
