using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>Source and destination of one test, with a pymongo workload on the source and a pymongo comparer for both.</summary>
internal sealed class Rig(TestCluster source, TestCluster destination) : IAsyncDisposable
{
    /// <summary>Sandboxes of one member, for what has nothing to do with the others: half the work.</summary>
    public static readonly string[] OneMember = ["--replica-set", "1"];

    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public TestCluster Source { get; } = source;

    public TestCluster Destination { get; } = destination;

    public static async Task<Rig> StartAsync(params string[] sandboxOptions)
    {
        await PythonProgram.SkipWithoutAsync();
        var source = await TestCluster.OpenAsync("GODWIT_TEST_SOURCE", sandboxOptions);
        try
        {
            return new Rig(source, await TestCluster.OpenAsync("GODWIT_TEST_DESTINATION", sandboxOptions));
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>Source and destination of different shapes; sharded clusters are started as Sandboxes only.</summary>
    public static async Task<Rig> StartPairAsync(string[] source, string[] destination)
    {
        await PythonProgram.SkipWithoutAsync();
        var first = await TestCluster.StartSandboxAsync("a pair of shapes", source);
        try
        {
            return new Rig(first, await TestCluster.StartSandboxAsync("a pair of shapes", destination));
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    public Task<string> RestoreAsync(string folder) =>
        PythonProgram.RunAsync(Patience, Cancellation, "restore.py", Source.ConnectionString, folder);

    /// <summary>Starts writing to the source; returns once it writes.</summary>
    public async Task<Workload> WriteAsync(string profile, int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"workload {profile}, seed {seed}");
        var program = PythonProgram.Start("workload.py", Source.ConnectionString, $"{seed}", profile);
        await program.LineAsync(line => line == "writing", TimeSpan.FromSeconds(60), Cancellation);
        return new Workload(program);
    }

    public Migration Migrate(params string[] options) => new(this, Destination.ConnectionString, options);

    /// <summary>The same clusters the other way round; this one still disposes of them.</summary>
    public Rig Turn() => new(Destination, Source);

    /// <summary>Reverses a committed migration from this rig's destination to its source.</summary>
    public Migration Reverse() => new(this, Destination.ConnectionString, [], isReverse: true);

    /// <summary>A migration that reaches the destination through a relay.</summary>
    public Migration MigrateThrough(WireRelay relay) => new(this, relay.Through(Destination.ConnectionString), []);

    /// <summary>A relay before the destination's members.</summary>
    public WireRelay RelayToDestination() =>
        new(MongoUrl.Create(Destination.ConnectionString).Servers.Select(one => $"{one.Host}:{one.Port}"));

    /// <summary>Fails with the differences unless the other client finds both sides identical.</summary>
    public async Task ShouldBeIdenticalAsync()
    {
        var result = await PythonProgram.RunAsync(
            Patience,
            Cancellation,
            "compare.py",
            Source.ConnectionString,
            Destination.ConnectionString
        );
        result.ShouldStartWith("identical");
        TestContext.Current.TestOutputHelper?.WriteLine(result);
    }

    /// <summary>Runs <c>godwit verify</c> on both sides: its exit code, and all that it said.</summary>
    public async Task<(int ExitCode, string Output)> VerifyAsync(params string[] options)
    {
        var (code, verify) = await GodwitProgram.RunAsync(
            Patience,
            Cancellation,
            ["verify", "--source", Source.ConnectionString, "--destination", Destination.ConnectionString, .. options]
        );
        await using (verify)
        {
            return (code, verify.Output + verify.Errors);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Destination.DisposeAsync();
    }
}
