using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A replica set that a test writes to: a Sandbox in a process of its own, mongods, or one that runs already.</summary>
internal abstract class TestCluster(string connectionString) : IAsyncDisposable
{
    private readonly MongoClient client = new(connectionString);

    public string ConnectionString { get; } = connectionString;

    public IMongoClient Client => client;

    /// <summary>What the Sandbox alone can do (partitions, clock skew) is skipped elsewhere.</summary>
    public abstract bool IsSandbox { get; }

    /// <summary>Has the primary step down; returns once another member is primary.</summary>
    public async Task StepDownAsync(CancellationToken cancellation)
    {
        var before = await PrimaryAsync(cancellation);
        try
        {
            await client
                .GetDatabase("admin")
                .RunCommandAsync<BsonDocument>(
                    new BsonDocument { { "replSetStepDown", 10 }, { "secondaryCatchUpPeriodSecs", 5 } },
                    cancellationToken: cancellation
                );
        }
        catch (MongoConnectionException)
        {
            // The primary closes its connections as it steps down.
            client.Cluster.Description.ToString();
        }

        while (await PrimaryAsync(cancellation) == before)
        {
            await Task.Delay(50, cancellation);
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Task.CompletedTask;
    }

    private async Task<string> PrimaryAsync(CancellationToken cancellation)
    {
        var hello = await client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), ReadPreference.PrimaryPreferred, cancellation);
        return hello.GetValue("primary", "").AsString;
    }
}
