using Godwit.Sandbox;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>A replica set of one member, or a sharded cluster, in this process.</summary>
internal sealed record StartedCluster(IAsyncDisposable Servers, string ConnectionString) : IAsyncDisposable
{
    internal static async Task<StartedCluster> StartAsync(bool isSharded, string name, CancellationToken token)
    {
        if (isSharded)
        {
            var sharded = await ShardedSandbox.StartAsync(new(), token);
            return new(sharded, sharded.ConnectionString);
        }

        var set = await SandboxCluster.StartAsync(new() { Members = 1, ReplicaSetName = name }, token);
        await set.WaitForPrimaryAsync(token);
        return new(set, set.ConnectionString);
    }

    public ValueTask DisposeAsync() => Servers.DisposeAsync();
}
