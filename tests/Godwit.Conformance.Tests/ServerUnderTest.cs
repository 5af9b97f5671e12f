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

    /// <summary>Whether another one costs little: Sandboxes only.</summary>
    public static bool CanBeMany =>
        Environment.GetEnvironmentVariable("GODWIT_TEST_SOURCE") is not { Length: > 0 }
        && Environment.GetEnvironmentVariable("GODWIT_TEST_MONGOD") is not { Length: > 0 };

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

    /// <summary>A Sandbox of three members and processes that may become members of it; their addresses.</summary>
    public static async Task<(ServerUnderTest Server, IReadOnlyList<string> Spares)> StartWithSparesAsync(int spares)
    {
        var options = new SandboxOptions { SpareMembers = spares };
        var sandbox = await SandboxCluster.StartAsync(options, TestContext.Current.CancellationToken);
        var hosts = sandbox.Ports.Skip(options.Members).Select(port => $"127.0.0.1:{port}");
        return (new ServerUnderTest(sandbox.ConnectionString, sandbox), [.. hosts]);
    }

    /// <summary>A sharded cluster of two shards of one member; its ports by the names the recordings have for them.</summary>
    public static async Task<(ServerUnderTest Server, IReadOnlyDictionary<string, int> Places)> StartShardedAsync(
        int routers = 1
    )
    {
        var options = new ShardedOptions
        {
            Shards = 2,
            Routers = routers,
            OplogBytesMax = 4L << 30,
            // As in the clusters that drivers are tested on: a change stream gives no event before every shard has written.
            PeriodicNoOp = TimeSpan.FromSeconds(1),
        };
        var sandbox = await ShardedSandbox.StartAsync(options, TestContext.Current.CancellationToken);
        var places = new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["a"] = sandbox.RouterPorts[0],
            ["cfg"] = sandbox.Config.Ports[0],
            ["s0"] = sandbox.Shards[0].Ports[0],
            ["s1"] = sandbox.Shards[1].Ports[0],
        };
        return (new ServerUnderTest(sandbox.ConnectionString, sandbox), places);
    }

    public ValueTask DisposeAsync() => owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}
