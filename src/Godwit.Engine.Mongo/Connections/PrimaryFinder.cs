using System.Net;
using Godwit.Engine.Faults;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;
using MongoDB.Driver.Core.Events;
using MongoDB.Driver.Core.Servers;

namespace Godwit.Engine.Mongo.Connections;

/// <summary>
/// Knows where the primary is, from the driver's monitors: they find it again after an election without being asked.
/// </summary>
internal sealed class PrimaryFinder : IAsyncDisposable
{
    private readonly MongoClient client;
    private readonly TimeProvider time;
    private readonly Side side;
    private TaskCompletionSource changed = NewSignal();

    internal PrimaryFinder(MongoAddress address, Side side, TimeProvider time)
    {
        this.side = side;
        this.time = time;
        var settings = address.DriverSettings.Clone();
        settings.ClusterConfigurator = builder => builder.Subscribe<ClusterDescriptionChangedEvent>(OnChanged);
        client = new(settings);
        _ = client.Cluster.Description;
    }

    /// <summary>Raised when what is known of the deployment has changed.</summary>
    internal event Action? Changed;

    internal ClusterDescription Description => client.Cluster.Description;

    /// <summary>Whether the deployment is a sharded cluster, talked to through its routers; known from the first answer on.</summary>
    internal bool IsRouted { get; private set; }

    /// <summary>Whether a server is not the one to talk to, while another one is known that is.</summary>
    internal bool IsReplaced(string address)
    {
        var servers = Description.Servers;
        return !servers.Any(server => Serves(server) && Text(server.EndPoint) == address) && servers.Any(Serves);
    }

    /// <summary>The primary's <c>host:port</c>, waiting for an election for as long as the connection string allows.</summary>
    internal async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        var timeout = client.Settings.ServerSelectionTimeout;
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        while (true)
        {
            var signal = Volatile.Read(ref changed);
            if (Primary(Description) is { } primary)
            {
                return primary;
            }

            try
            {
                await signal.Task.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ClusterException(
                    side,
                    Stage.Connect,
                    FaultKind.Transient,
                    FormattableString.Invariant($"the {side} has shown no primary for {timeout.TotalSeconds:F0} s")
                );
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static string Text(EndPoint endPoint) =>
        endPoint switch
        {
            DnsEndPoint dns => FormattableString.Invariant($"{dns.Host}:{dns.Port}"),
            _ => endPoint.ToString() ?? "",
        };

    private static string? Primary(ClusterDescription description) =>
        description.Servers.FirstOrDefault(server =>
            Serves(server) || (description.DirectConnection && server.State == ServerState.Connected)
        )
            is { } found
            ? Text(found.EndPoint)
            : null;

    private static bool Serves(ServerDescription server) =>
        server.State == ServerState.Connected
        && server.Type is ServerType.ReplicaSetPrimary or ServerType.Standalone or ServerType.ShardRouter;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnChanged(ClusterDescriptionChangedEvent change)
    {
        // Never unlearnt: a moment in which no router answers makes no replica set of it.
        IsRouted |= change.NewDescription.Servers.Any(server => server.Type == ServerType.ShardRouter);
        _ = Interlocked.Exchange(ref changed, NewSignal()).TrySetResult();
        Changed?.Invoke();
    }
}
