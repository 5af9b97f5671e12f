using System.Collections.Concurrent;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Testing;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>
/// The roles that documents name for the users of a migration are enough by themselves, hold nothing that nothing needs, and what is taken
/// away from them is named before anything begins (C03, P7).
/// </summary>
[Requirement("C03")]
public sealed class LeastPrivilegeTests
{
    private static readonly ConcurrentDictionary<bool, Lazy<Task<string>>> Whole = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_roles_alone_carry_a_whole_migration(bool isSharded)
    {
        var lines = (await WholeAsync(isSharded)).Split('\n');
        lines.ShouldContain("given up: Paused ");
        lines[^1].ShouldStartWith($"cut over: {(isSharded ? "open" : "blocked")} identical ");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_action_that_is_taken_away_is_named_and_no_other(bool isSharded)
    {
        foreach (var isSource in new[] { true, false })
        {
            var role = isSource ? RequiredPrivileges.Source : RequiredPrivileges.Destination;
            var shape = isSharded ? ClusterShape.Sharded : ClusterShape.ReplicaSet;
            await using var cluster = await LimitedCluster.StartAsync(isSharded, "rs0", role, "");
            (await MissingAsync(cluster, isSource)).ShouldBe("");
            foreach (var action in RequiredPrivileges.Needed(isSource, shape, blocksSource: true))
            {
                await cluster.GrantAsync(role, action);
                (await MissingAsync(cluster, isSource)).ShouldBe($"Failed {action}");
            }

            foreach (var action in isSharded ? [] : RequiredPrivileges.Watched(isSource))
            {
                await cluster.GrantAsync(role, action);
                (await MissingAsync(cluster, isSource)).ShouldBe($"Warning {action}");
            }
        }
    }

    /// <summary>
    /// All but what shows only where there is something to see, index builds under way on the destination, and what the guide asks of the
    /// source's user although no command that it runs needs it.
    /// </summary>
    public static TheoryData<string, string> Actions() =>
        [
            .. RequiredPrivileges
                .Source.SelectMany(one => one.Names)
                .Except(["bypassWriteBlockingMode"])
                .Select(name => ("source", name)),
            .. RequiredPrivileges
                .Destination.SelectMany(one => one.Names)
                .Except(["inprog"])
                .Select(name => ("destination", name)),
        ];

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(Actions))]
    public async Task An_action_that_is_taken_away_is_missed(string side, string action)
    {
        var (here, there) = side == "source" ? (action, "") : ("", action);
        foreach (var isSharded in new[] { false, true })
        {
            if (await LimitedUserScenario.RunAsync(isSharded, here, there) != await WholeAsync(isSharded))
            {
                return;
            }
        }

        Assert.Fail($"Nothing needs {action} on the {side}: it does not belong into the role.");
    }

    private static Task<string> WholeAsync(bool isSharded) =>
        Whole.GetOrAdd(isSharded, shape => new(() => LimitedUserScenario.RunAsync(shape, "", ""))).Value;

    private static async Task<string> MissingAsync(LimitedCluster cluster, bool isSource)
    {
        using var client = new MongoClient(cluster.Limited);
        var shape = cluster.IsSharded ? ClusterShape.Sharded : ClusterShape.ReplicaSet;
        var facts = await new AccessInspector(new(client)).AddAsync(
            new() { Address = cluster.Limited, Shape = shape },
            Token
        );
        var found = PrivilegeChecks.Check(facts, isSource, new() { BlockSourceWrites = true });
        return found.State == FindingState.Passed
            ? ""
            : $"{found.State} {found.Message[(found.Message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd('.')}";
    }
}
