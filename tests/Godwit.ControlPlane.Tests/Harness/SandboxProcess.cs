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
        Client = new MongoClient(connectionString);
    }

    /// <summary>With the administrator's user and password.</summary>
    public string ConnectionString { get; }

    public IMongoClient Client { get; }

    public static async Task<SandboxProcess> StartAsync(string password, params string[] options)
    {
        var program = GodwitProgram.Start([
            "sandbox",
            "--port",
            "0",
            "--replica-set",
            "1",
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
            return new(program, line.Replace("root:***@", $"root:{password}@", StringComparison.Ordinal));
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
