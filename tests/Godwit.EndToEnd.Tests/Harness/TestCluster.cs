using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A replica set that a test writes to: a Sandbox in a process of its own, mongods, or one that runs already.</summary>
internal abstract class TestCluster(string connectionString) : IAsyncDisposable
{
    private readonly MongoClient client = new(connectionString);

    public string ConnectionString { get; } = connectionString;

    public IMongoClient Client => client;

    /// <summary>What the Sandbox alone can do (partitions, clock skew) is skipped elsewhere.</summary>
    public abstract bool IsSandbox { get; }

    /// <summary>
    /// Opens a cluster for a test: the running one that a variable names, else mongods of the binary that GODWIT_TEST_MONGOD names,
    /// else a Sandbox with the given options.
    /// </summary>
    public static Task<TestCluster> OpenAsync(string variable, params string[] sandboxOptions)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var binary = Environment.GetEnvironmentVariable("GODWIT_TEST_MONGOD");
        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } uri
                ? GivenCluster.OpenAsync(uri, cancellation)
            : string.IsNullOrEmpty(binary) ? SandboxCluster.StartAsync(cancellation, sandboxOptions)
            : MongodCluster.StartAsync(binary, cancellation);
    }

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
        catch (MongoConnectionException closed)
        {
            // The primary closes its connections as it steps down.
            TestContext.Current.TestOutputHelper?.WriteLine($"stepped down: {closed.Message}");
        }

        while (await PrimaryAsync(cancellation) == before)
        {
            await Task.Delay(50, cancellation);
        }
    }

    /// <summary>Sets the failpoint failCommand on the primary; returns how often it has fired so far.</summary>
    /// <param name="mode">"alwaysOn", "off", or <c>{times: n}</c>.</param>
    /// <param name="data">Which commands it meets, and what it does to them.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<long> FailCommandsAsync(BsonValue mode, BsonDocument data, CancellationToken cancellation)
    {
        var reply = await client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "configureFailPoint", "failCommand" },
                    { "mode", mode },
                    { "data", data },
                },
                cancellationToken: cancellation
            );
        return reply["count"].ToInt64();
    }

    /// <summary>Waits until the failpoint failCommand has fired so often.</summary>
    public Task WaitForFailedCommandsAsync(long times, CancellationToken cancellation) =>
        client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "waitForFailPoint", "failCommand" },
                    { "timesEntered", times },
                    { "maxTimeMS", (int)Rig.Patience.TotalMilliseconds },
                },
                cancellationToken: cancellation
            );

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
