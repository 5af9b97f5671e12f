using Godwit.Sandbox;
using MongoDB.Driver;
using Xunit;

namespace Godwit.Conformance.Tests;

/// <summary>The server that is judged: a fresh Sandbox in this process, or the one that GODWIT_TEST_SOURCE names.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly SandboxCluster? sandbox;

    private ServerUnderTest(string connectionString, SandboxCluster? sandbox = null)
    {
        this.sandbox = sandbox;
        ConnectionString = connectionString;
        Ports = [.. MongoUrl.Create(connectionString).Servers.Select(server => server.Port)];
    }

    public string ConnectionString { get; }

    /// <summary>The members' ports, the first primary's first.</summary>
    public IReadOnlyList<int> Ports { get; }

    public static async Task<ServerUnderTest> StartAsync(int members = 3)
    {
        if (Environment.GetEnvironmentVariable("GODWIT_TEST_SOURCE") is { Length: > 0 } named)
        {
            return new ServerUnderTest(named);
        }

        var sandbox = await SandboxCluster.StartAsync(
            new SandboxOptions { Members = members, ReplicaSetName = "rs0" },
            TestContext.Current.CancellationToken
        );
        return new ServerUnderTest(sandbox.ConnectionString, sandbox);
    }

    public ValueTask DisposeAsync() => sandbox?.DisposeAsync() ?? ValueTask.CompletedTask;
}
