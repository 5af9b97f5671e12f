using Godwit.Sandbox;
using Godwit.Testing.Servers;
using MongoDB.Driver;
using Xunit;

namespace Godwit.Conformance.Tests;

/// <summary>
/// The server that is judged: a fresh Sandbox in this process, mongods of the binary that GODWIT_TEST_MONGOD names, or the server that
/// GODWIT_TEST_SOURCE names.
/// </summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly IAsyncDisposable? owned;

    private ServerUnderTest(string connectionString, IAsyncDisposable? owned = null)
    {
        this.owned = owned;
        ConnectionString = connectionString;
        Ports = [.. MongoUrl.Create(connectionString).Servers.Select(server => server.Port)];
    }

    public string ConnectionString { get; }

    /// <summary>The members' ports, the first primary's first.</summary>
    public IReadOnlyList<int> Ports { get; }

    public static async Task<ServerUnderTest> StartAsync(int members = 3, string setName = "rs0")
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (Environment.GetEnvironmentVariable("GODWIT_TEST_SOURCE") is { Length: > 0 } named)
        {
            return new ServerUnderTest(named);
        }

        if (Environment.GetEnvironmentVariable("GODWIT_TEST_MONGOD") is { Length: > 0 } binary)
        {
            var set = await MongodReplicaSet.StartAsync(binary, members, setName, cancellation);
            return new ServerUnderTest(set.ConnectionString, set);
        }

        // An oplog of more than 2 GiB, as the recorded server's: its size is a long in replies.
        var options = new SandboxOptions
        {
            Members = members,
            ReplicaSetName = setName,
            OplogBytesMax = 4L << 30,
        };
        var sandbox = await SandboxCluster.StartAsync(options, cancellation);
        return new ServerUnderTest(sandbox.ConnectionString, sandbox);
    }

    public ValueTask DisposeAsync() => owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}
