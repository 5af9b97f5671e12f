using Godwit.Sandbox;
using Godwit.Sandbox.Replication;
using Godwit.Testing.Servers;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>
/// A Sandbox of three members of which each is asked only when all of them have, and know of each other that they have, what any of them
/// has written. The set that was recorded had been at rest before almost every step; <c>replay.py</c>, which knows of no pauses, meets
/// them at relays. On a busy machine a member would otherwise be asked for what it has not heard of yet.
/// </summary>
internal sealed class SettledSet : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SandboxCluster cluster;
    private readonly WireRelay relay;

    private SettledSet(SandboxCluster cluster)
    {
        this.cluster = cluster;
        relay = new WireRelay(cluster.Ports.Select(Host)) { Judge = Settle };
    }

    /// <summary>The ports by the names of the recording's connections.</summary>
    public IReadOnlyDictionary<string, int> Places =>
        cluster
            .Ports.Select((port, index) => (Name: $"{(char)('a' + index)}", Port: PortOf(port)))
            .ToDictionary(place => place.Name, place => place.Port, StringComparer.Ordinal);

    public static async Task<SettledSet> StartAsync(string setName)
    {
        var options = new SandboxOptions
        {
            Members = 3,
            ReplicaSetName = setName,
            OplogBytesMax = 4L << 30,
        };
        return new(await SandboxCluster.StartAsync(options, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await relay.DisposeAsync();
        await cluster.DisposeAsync();
    }

    private RelayFate Settle(RelayRequest request)
    {
        SpinWait.SpinUntil(IsSettled, Patience).ShouldBeTrue($"the members have not settled before {request.Command}");
        return RelayFate.Passed;
    }

    private bool IsSettled()
    {
        var members = Enumerable.Range(0, 3).Select(one => cluster.Running(one).Replica!).ToList();
        var newest = members[0].Node.LastApplied;
        return members.TrueForAll(one =>
            one.Node.LastApplied == newest
            && one.Node.CommitPoint == newest
            && members.TrueForAll(other => other == one || Knows(one, other))
        );
    }

    /// <summary>Whether what a member has last heard of another is still so.</summary>
    private static bool Knows(ReplicaMember one, ReplicaMember other) =>
        one.Heard(other.Index) is { } heard
        && heard.LastApplied == other.Node.LastApplied
        && heard.State == other.State
        && heard.SyncSource == other.SyncSource;

    private static string Host(int port) => $"127.0.0.1:{port}";

    private int PortOf(int port) => MongoUrl.Create($"mongodb://{relay.Through(Host(port))}").Server.Port;
}
