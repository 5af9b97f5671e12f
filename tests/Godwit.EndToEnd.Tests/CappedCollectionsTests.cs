using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Capped collections that turn all the time, on servers that read them at no time and on those that do (S8, S30): the other client
/// compares them byte for byte in their natural order.
/// </summary>
public sealed class CappedCollectionsTests
{
    private const int HoldMilliseconds = 10_000;

    /// <summary>What each look at a collection takes while a cutover is proven, so that something is written meanwhile.</summary>
    private const int ProofMilliseconds = 1_500;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Killed in mid-copy, and asked to cut over while it is still written to, which gives that cutover up.</summary>
    [Theory]
    [InlineData("7.0", "8.0", 1)]
    [Requirement("S8")]
    [Requirement("S30")]
    public Task One_that_turns_all_the_time_arrives_in_its_order_though_the_copy_is_killed(
        string from,
        string to,
        int seed
    ) => TurnAsync(from, to, seed);

    [Theory]
    [Trait("Set", "Long")]
    [InlineData("6.0", "6.0", 2)]
    [Requirement("S8")]
    [Requirement("S30")]
    public Task One_that_turns_all_the_time_arrives_in_its_order_from_and_to_the_oldest_servers(
        string from,
        string to,
        int seed
    ) => TurnAsync(from, to, seed);

    /// <summary>Killed again and again while changes are applied: what may or may not have been applied comes to its place.</summary>
    [Theory]
    [Trait("Set", "Long")]
    [InlineData("8.0", "8.0", 3)]
    [InlineData("7.0", "7.0", 4)]
    [InlineData("6.0", "8.0", 5)]
    [Requirement("S8")]
    [Requirement("S16")]
    [Requirement("S30")]
    public async Task Killed_in_every_phase_the_order_is_kept(string from, string to, int seed)
    {
        var random = new Random(seed);
        await using var rig = await StartAsync(from, to);
        await using var writer = new CappedWriter(rig, seed);
        await writer.FillAsync();
        writer.Start();
        await using var migration = rig.Migrate();
        foreach (var phase in new[] { "preparing", "copying", "applying", "inSync", "inSync", "inSync" })
        {
            migration.Start();
            await migration.ReachAsync(phase);
            await writer.AdvanceAsync(random.Next(5, 60));
            await migration.KillAsync();
        }

        migration.Start();
        await migration.ReachAsync("inSync");
        await writer.AdvanceAsync(100);
        await writer.StopAsync();
        await migration.CutOverAsync();
        await rig.ShouldBeIdenticalAsync();
    }

    private static async Task TurnAsync(string from, string to, int seed)
    {
        await using var rig = await StartAsync(from, to);
        await using var writer = new CappedWriter(rig, seed);
        await writer.FillAsync();
        writer.Start();
        await using var migration = rig.Migrate();
        await HoldAsync(rig, "insert", "capped.ring", times: 1, HoldMilliseconds);
        migration.Start();
        await migration.ReachAsync("copying");
        await writer.AdvanceAsync(50);
        await migration.KillAsync();

        migration.Start();
        await migration.ReachAsync("inSync");
        await writer.AdvanceAsync(200);
        await migration.ShowAsync(line => line.CanCutOver);
        await HoldAsync(rig, "find", "capped.few", times: 6, ProofMilliseconds);
        await migration.WishForCutoverAsync();
        await migration.WarnAsync("A cutover was given up");
        await rig.Destination.RefuseNothingAsync();
        await writer.StopAsync();
        await migration.CutOverAsync();

        migration.Program.Errors.ShouldContain("source and destination are identical");
        await rig.ShouldBeIdenticalAsync();
        var (code, verified) = await rig.VerifyAsync();
        code.ShouldBe(0, verified);
    }

    private static Task<Rig> StartAsync(string from, string to) =>
        Rig.StartPairAsync([.. Rig.OneMember, "--mongo-version", from], [.. Rig.OneMember, "--mongo-version", to]);

    private static Task HoldAsync(Rig rig, string command, string collection, int times, int milliseconds) =>
        rig.Destination.HoldCommandsAsync(
            new BsonDocument("times", times),
            command,
            collection,
            milliseconds,
            Cancellation
        );
}
