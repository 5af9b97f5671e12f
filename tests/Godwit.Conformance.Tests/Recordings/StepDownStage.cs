using System.Text.Json.Nodes;
using Godwit.Sandbox;
using Godwit.Testing;
using Godwit.Testing.Servers;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>
/// A set in the state, and of the age, in which the step-down was recorded, with the pauses that the recording made: it had MongoDB's own
/// timeouts, its members ran for a second before it was initiated, it was twenty-five seconds old, its second member had just been frozen,
/// and between two steps it waited until the third was primary, between two others three seconds. So that this takes no time, and comes
/// out alike on every machine, the members' clock is moved by hand; <c>replay.py</c>, which knows of no pauses, meets them at relays. The
/// hello that waits for the step-down repeats, as drivers do, the topology version of the hello before: <c>replay.py</c> would send the
/// recorded process's, so it is given the recording with this one's.
/// </summary>
internal sealed class StepDownStage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Initiated = TimeSpan.FromMilliseconds(600);

    // Heartbeats come every two seconds from the initiation on, the last at this age or a little before. The third member stands ten
    // seconds and its share of the stagger after it last heard of the primary: before the first may, ten seconds after it stepped down.
    private static readonly TimeSpan Heard = TimeSpan.FromMilliseconds(24_900);
    private static readonly TimeSpan SteppedDown = TimeSpan.FromMilliseconds(25_600);
    private static readonly TimeSpan Elected = TimeSpan.FromMilliseconds(35_300);
    private static readonly TimeSpan Joined = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider clock;
    private readonly DateTimeOffset began;
    private readonly SandboxCluster cluster;
    private readonly WireRelay steppingDown;
    private readonly WireRelay afterElection;
    private readonly WireRelay afterRest;

    private StepDownStage(FakeTimeProvider clock, SandboxCluster cluster)
    {
        this.clock = clock;
        this.cluster = cluster;
        began = clock.GetUtcNow();
        // The recorded hello was waiting when the step-down came; here both come through connections of their own.
        steppingDown = Relay(0, request => request.Command == "replSetStepDown", WaitForHello);
        afterElection = Relay(2, _ => true, LetElect);
        afterRest = Relay(0, _ => true, () => Move(clock.GetUtcNow() - began + Rest, HasCaughtUp));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The ports by the names of the recording's connections.</summary>
    public IReadOnlyDictionary<string, int> Places =>
        new Dictionary<string, int>(StringComparer.Ordinal)
        {
            ["a"] = PortOf(steppingDown, 0),
            ["am"] = cluster.Ports[0],
            ["a4"] = PortOf(afterRest, 0),
            ["b"] = cluster.Ports[1],
            ["c"] = cluster.Ports[2],
            ["c2"] = PortOf(afterElection, 2),
        };

    /// <summary>Writes the recording, as it reads for this set, below a folder.</summary>
    public void WriteRecording(string folder, string name)
    {
        var recording = JsonNode.Parse(File.ReadAllText(SharedData.Golden(name + ".json")))!;
        var member = cluster.Running(0);
        foreach (var step in recording["steps"]!.AsArray().Select(step => step!["begin"]).OfType<JsonObject>())
        {
            step["topologyVersion"] = new JsonObject
            {
                ["processId"] = new JsonObject
                {
                    ["$oid"] = Convert.ToHexStringLower(member.ProcessId.AsObjectId.Span),
                },
                ["counter"] = new JsonObject { ["$numberLong"] = $"{member.TopologyCounter}" },
            };
        }

        var path = Path.Combine(folder, name + ".json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, recording.ToJsonString());
    }

    public static async Task<StepDownStage> StartAsync()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var options = new SandboxOptions
        {
            ReplicaSetName = "r3",
            IsInitiated = false,
            OplogBytesMax = 4L << 30,
            Time = clock,
        };
        var stage = new StepDownStage(clock, await SandboxCluster.StartAsync(options, Cancellation));
        await stage.GrowUpAsync();
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        await steppingDown.DisposeAsync();
        await afterElection.DisposeAsync();
        await afterRest.DisposeAsync();
        await cluster.DisposeAsync();
    }

    private async Task GrowUpAsync()
    {
        // The recorded heartbeats between the second and the third member took two milliseconds.
        await RunAsync(
            cluster.Ports[0],
            new BsonDocument
            {
                { "configureFailPoint", "sandboxSlowNetwork" },
                { "mode", "alwaysOn" },
                {
                    "data",
                    new BsonDocument
                    {
                        { "member", 1 },
                        { "from", 2 },
                        { "byMS", 1 },
                    }
                },
            }
        );
        Move(Initiated, () => true);
        var members = new BsonArray(
            cluster.Ports.Select((port, id) => new BsonDocument { { "_id", id }, { "host", $"127.0.0.1:{port}" } })
        );
        await RunAsync(
            cluster.Ports[0],
            new BsonDocument("replSetInitiate", new BsonDocument { { "_id", "r3" }, { "members", members } })
        );
        Move(Joined, () => cluster.Running(0).IsPrimary && HasCaughtUp());
        Move(Heard, () => cluster.Running(0).IsPrimary && HasCaughtUp());
        var heartbeat = began + Heard - TimeSpan.FromMilliseconds(300);
        await Condition.UntilAsync(
            () => Task.FromResult(Enumerable.Range(0, 3).All(one => HasHeard(one, heartbeat))),
            () => "the members have not heard of each other",
            Patience,
            Cancellation
        );
        Move(SteppedDown, () => true);
        // After the last heartbeat: the primary still takes it for one that can be elected.
        await RunAsync(cluster.Ports[1], new BsonDocument("replSetFreeze", 120));
    }

    private static async Task RunAsync(int port, BsonDocument command)
    {
        using var client = new MongoClient($"mongodb://127.0.0.1:{port}/?directConnection=true");
        await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, cancellationToken: Cancellation);
    }

    private bool HasHeard(int member, DateTimeOffset lately) =>
        Enumerable
            .Range(0, 3)
            .All(other => other == member || cluster.Running(member).Replica?.Heard(other)?.Received >= lately);

    private bool HasCaughtUp() =>
        Enumerable.Range(0, 3).Select(one => cluster.Running(one).Node.LastApplied).Distinct().Count() == 1;

    /// <summary>Until the third member is primary and the second has its first entry; the first one has not looked for a source since.</summary>
    private void LetElect()
    {
        Move(Elected, () => cluster.Running(2).IsPrimary);
        // What they say to each other takes time, but no more than it must: the members get their turns in between.
        while (!SpinWait.SpinUntil(IsCommitted, Turn))
        {
            clock.Advance(Tick);
        }
    }

    private bool IsCommitted() => cluster.Running(2).Node is var node && node.CommitPoint == node.LastApplied;

    private void WaitForHello() => Until(() => cluster.Running(0).AwaitingHellos > 0);

    /// <summary>Lets time pass up to an instant, and then waits, with the clock held, until what must have come of it has.</summary>
    private void Move(TimeSpan age, Func<bool> come)
    {
        while (clock.GetUtcNow() - began < age)
        {
            clock.Advance(Tick);
            // Nobody is left so far behind that it takes the silence for the primary's.
            var lately = clock.GetUtcNow() - Lag;
            if (lately - began > Joined)
            {
                Until(() => Enumerable.Range(0, 3).All(one => HasHeard(one, lately)));
            }
        }

        Until(come);
    }

    private static void Until(Func<bool> holds)
    {
        if (!SpinWait.SpinUntil(holds, Patience))
        {
            throw new TimeoutException("what the recording shows has not come");
        }
    }

    /// <summary>A way to a member on which the first request of a kind is preceded by something.</summary>
    private WireRelay Relay(int member, Func<RelayRequest, bool> isMeant, Action before)
    {
        var first = new Lazy<bool>(() =>
        {
            before();
            return true;
        });
        return new WireRelay([Host(member)])
        {
            Judge = request => !isMeant(request) || first.Value ? RelayFate.Passed : RelayFate.Held,
        };
    }

    private string Host(int member) => $"127.0.0.1:{cluster.Ports[member]}";

    private int PortOf(WireRelay relay, int member) =>
        MongoUrl.Create($"mongodb://{relay.Through(Host(member))}").Server.Port;
}
