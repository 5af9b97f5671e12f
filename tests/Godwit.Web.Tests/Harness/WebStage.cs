using Godwit.ControlPlane.Tests.Harness;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.Web.Tests.Harness;

/// <summary>
/// A Hub nobody has signed in to, a machine that could become a migration host, a source with documents and an empty destination, all with
/// authentication; each part a process of its own.
/// </summary>
internal sealed class WebStage : IAsyncDisposable
{
    public const string SourceSecret = "s0urce-Secret";
    public const string DestinationSecret = "d3stination-Secret";
    public const string Host = "vm001.example.com";
    private const int Documents = 3000;
    private readonly CancellationTokenSource stopping = new();
    private Task writing = Task.CompletedTask;

    private WebStage(HubProcess hub, SandboxProcess source, SandboxProcess destination) =>
        (Hub, Source, Destination) = (hub, source, destination);

    public HubProcess Hub { get; }

    public AgentProcess Agent { get; } = new();

    public SandboxProcess Source { get; }

    public SandboxProcess Destination { get; }

    public IMongoCollection<BsonDocument> Orders =>
        Source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");

    public IMongoCollection<BsonDocument> OrdersThere =>
        Destination.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="shards">Shards of the destination; <see langword="null"/> for a replica set.</param>
    /// <param name="mailServer">Where the Hub hands mail in; <see langword="null"/> for nowhere.</param>
    public static async Task<WebStage> SetAsync(int? shards = null, Uri? mailServer = null)
    {
        var (hub, source, destination) = (
            HubProcess.StartAsync(mailServer: mailServer),
            SandboxProcess.StartAsync(SourceSecret),
            shards is { } count
                ? SandboxProcess.StartShardedAsync(DestinationSecret, count)
                : SandboxProcess.StartAsync(DestinationSecret)
        );
        var stage = new WebStage(await hub, await source, await destination);
        await stage.Orders.InsertManyAsync(
            Enumerable.Range(0, Documents).Select(i => new BsonDocument { { "_id", i }, { "text", $"order {i}" } }),
            null,
            Cancellation
        );
        return stage;
    }

    /// <summary>What a person on the source's side does with a token.</summary>
    public async Task LinkAsync(string token, params string[] clusterOptions)
    {
        await Agent.LinkAsync(token, Host);
        await Agent.AddClusterAsync("shop", Source.ConnectionString, clusterOptions);
        await Agent.StartAsync();
    }

    /// <summary>An application that writes to the source without pause.</summary>
    public void StartWriting() => writing = WriteAsync(stopping.Token);

    public async Task StopWritingAsync()
    {
        await stopping.CancelAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await StopWritingAsync();
        // Shown only beside a test that has failed.
        TestContext.Current.TestOutputHelper?.WriteLine($"Hub:\n{Hub.Log}\nMigration host:\n{Agent.Log}");
        await Agent.DisposeAsync();
        await Hub.DisposeAsync();
        await Source.DisposeAsync();
        await Destination.DisposeAsync();
        stopping.Dispose();
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        for (var next = Documents; !cancellation.IsCancellationRequested; next++)
        {
            var order = new BsonDocument { { "_id", next }, { "text", $"order {next}" } };
            await Orders.InsertOneAsync(order, null, cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellation);
        }
    }
}
