using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>A migration survives its own death at any instant: it goes on where it was, and nothing is lost or done twice.</summary>
public sealed class InterruptionTests
{
    /// <summary>More than the busy collections can hold: what is copied beyond it is of the still ones.</summary>
    private const int BusyDocumentsMax = 12_000;
    private static readonly string[] OneMember = ["--replica-set", "1"];
    private static readonly string[] Instants = ["preparing", "copying", "applying", "inSync", "finalising"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> FewSeeds => Seeds(100, 5);

    public static TheoryData<string, int> ManySeeds => Seeds(200, 30);

    [Theory]
    [MemberData(nameof(FewSeeds))]
    [Requirement("H07")]
    [Requirement("S16")]
    [Requirement("S26")]
    public Task Killed_at_a_random_instant_it_goes_on_where_it_was(string phase, int seed) =>
        KillAndResumeAsync(phase, seed);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(ManySeeds))]
    [Requirement("H07")]
    [Requirement("S16")]
    [Requirement("S26")]
    public Task Killed_at_many_random_instants_it_goes_on_where_it_was(string phase, int seed) =>
        KillAndResumeAsync(phase, seed);

    /// <summary>The commit is journaled, and the process dies before it has said so; the applications use the destination by then.</summary>
    [Fact]
    [Requirement("H07")]
    [Requirement("S26")]
    public async Task Killed_after_the_commit_was_journaled_it_reports_what_was_proven_and_leaves_the_destination_alone()
    {
        await using var rig = await Rig.StartAsync(OneMember);
        await new StillData(rig).FillAsync();
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.AskForCutoverAsync();
        var state = rig.Destination.Client.GetDatabase("godwit_reserved").GetCollection<BsonDocument>("migration");
        await Condition.UntilAsync(
            () => state.Find(new BsonDocument("state", "Committed")).AnyAsync(Cancellation),
            () => $"no commit is journaled: {migration.Program.Describe()}",
            Rig.Patience,
            Cancellation
        );

        await migration.KillAsync();
        var orders = rig.Destination.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        await orders.InsertOneAsync(new BsonDocument("_id", 1), null, Cancellation);

        migration.Start();

        (await migration.ExitAsync()).ShouldBe(0, migration.Program.Describe());
        migration.Program.Errors.ShouldContain("source and destination are identical");
        migration
            .Newest()
            .Warnings.ShouldContain(one => one.Contains("after the final time is not known", StringComparison.Ordinal));
        (await orders.CountDocumentsAsync(new BsonDocument(), null, Cancellation)).ShouldBe(1);
        await orders.DeleteOneAsync(new BsonDocument("_id", 1), null, Cancellation);
        await orders.Database.DropCollectionAsync("orders", Cancellation);
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>A collection of several ranges: those that were saved as copied are not copied again.</summary>
    [Fact]
    [Requirement("H07")]
    [Requirement("S5")]
    [Requirement("S7")]
    public async Task Killed_within_a_large_collection_only_what_was_not_saved_of_it_is_copied_again()
    {
        await using var rig = await Rig.StartAsync(OneMember);
        var large = new LargeCollection(rig);
        await large.FillAsync();
        await using var migration = rig.Migrate();
        migration.Start();
        await large.UntilSomeRangesAreSavedAsync();
        await migration.KillAsync();
        var saved = await large.CountSavedAsync();

        migration.Start();
        await migration.CutOverAsync();

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{saved} of {LargeCollection.Documents} documents were saved; the last life copied {migration.Newest().DocumentsCopied}"
        );
        migration.Newest().DocumentsCopied.ShouldBeLessThanOrEqualTo(LargeCollection.Documents - saved);
        await rig.ShouldBeIdenticalAsync();
    }

    private static TheoryData<string, int> Seeds(int first, int count)
    {
        var data = new TheoryData<string, int>();
        foreach (var seed in Enumerable.Range(first, count))
        {
            data.Add(Instants[seed % Instants.Length], seed);
        }

        return data;
    }

    /// <summary>Kills it once at a random instant of the phase, and up to two times more at instants of the lives that follow.</summary>
    private static async Task KillAndResumeAsync(string phase, int seed)
    {
        var random = new Random(seed);
        await using var rig = await Rig.StartAsync(OneMember);
        var still = new StillData(rig);
        await still.FillAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        migration.Start();
        if (phase == "finalising")
        {
            await migration.ReachAsync("inSync");
            await workload.StopAsync();
            await migration.AskForCutoverAsync();
        }

        await migration.ReachAsync(phase);
        await KillAsync(migration, random.Next(0, 700));
        for (var more = random.Next(0, 3); more > 0; more--)
        {
            migration.Start();
            await migration.ReachAsync("preparing");
            await KillAsync(migration, random.Next(0, 2500));
        }

        var saved = await still.CountSavedAsync();
        migration.Start();
        if (phase == "finalising")
        {
            // The wish for the cutover is kept: nobody has to ask again.
            (await migration.ExitAsync()).ShouldBe(0, migration.Program.Describe());
        }
        else
        {
            await migration.ReachAsync("inSync");
            await workload.AdvanceAsync(100);
            await workload.StopAsync();
            await migration.CutOverAsync();
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{saved} of {StillData.Documents} still documents were saved; the last life copied {migration.Newest().DocumentsCopied} documents"
        );
        migration.Newest().DocumentsCopied.ShouldBeLessThanOrEqualTo(StillData.Documents - saved + BusyDocumentsMax);
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>The one fixed wait: the instant of the kill, which the seed chooses.</summary>
    private static async Task KillAsync(Migration migration, int milliseconds)
    {
        await Task.Delay(milliseconds, Cancellation);
        await migration.KillAsync();
    }
}
