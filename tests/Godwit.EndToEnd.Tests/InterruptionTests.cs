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
    private static readonly string[] Instants = ["preparing", "copying", "applying", "inSync", "finalising"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int> FewSeeds => [100];

    public static TheoryData<int> ManySeeds => [101, .. Enumerable.Range(200, 6)];

    [Theory]
    [MemberData(nameof(FewSeeds))]
    [Requirement("H07")]
    [Requirement("S16")]
    [Requirement("S26")]
    public Task Killed_in_every_phase_at_a_random_instant_it_goes_on_where_it_was(int seed) => KillAndResumeAsync(seed);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(ManySeeds))]
    [Requirement("H07")]
    [Requirement("S16")]
    [Requirement("S26")]
    public Task Killed_in_every_phase_at_many_random_instants_it_goes_on_where_it_was(int seed) =>
        KillAndResumeAsync(seed);

    /// <summary>The commit is journaled, and the process dies before it has said so; the applications use the destination by then.</summary>
    [Fact]
    [Requirement("H07")]
    [Requirement("S26")]
    public async Task Killed_after_the_commit_was_journaled_it_reports_what_was_proven_and_leaves_the_destination_alone()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
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
    [Trait("Set", "Long")]
    [Requirement("H07")]
    [Requirement("S5")]
    [Requirement("S7")]
    public async Task Killed_within_a_large_collection_only_what_was_not_saved_of_it_is_copied_again()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
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

    /// <summary>
    /// One migration, killed at a random instant of each phase; after half of the kills the life that recovers is killed as well.
    /// </summary>
    private static async Task KillAndResumeAsync(int seed)
    {
        var random = new Random(seed);
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        var still = new StillData(rig);
        await still.FillAsync();
        await using var workload = await rig.WriteAsync("mixed", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate("--change-streams", seed % 2 == 0 ? "1" : "3");
        var saved = 0L;
        foreach (var phase in Instants)
        {
            migration.Start();
            if (phase == "finalising")
            {
                await migration.ReachAsync("inSync");
                await workload.StopAsync();
                await migration.AskForCutoverAsync();
            }

            saved = await KillAsync(migration, still, phase, saved, random.Next(0, 700));
            if (random.Next(2) == 0)
            {
                migration.Start();
                saved = await KillAsync(migration, still, "preparing", saved, random.Next(0, 1500));
            }
        }

        // The wish for the cutover is kept: nobody has to ask again.
        migration.Start();
        (await migration.ExitAsync()).ShouldBe(0, migration.Program.Describe());
        ShouldHaveResumed(migration, saved);
        await rig.ShouldBeIdenticalAsync();
    }

    /// <summary>Kills a life, which has not copied again what was saved before it; returns how much is saved now.</summary>
    private static async Task<long> KillAsync(
        Migration migration,
        StillData still,
        string phase,
        long savedBefore,
        int milliseconds
    )
    {
        await migration.ReachAsync(phase);
        // The one fixed wait: the instant of the kill, which the seed chooses.
        await Task.Delay(milliseconds, Cancellation);
        await migration.KillAsync();
        ShouldHaveResumed(migration, savedBefore);
        var saved = await still.CountSavedAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"killed {milliseconds} ms after {phase}, {migration.Newest().Phase} by then: it had copied {migration.Newest().DocumentsCopied} documents; {saved} still ones are saved"
        );
        return saved;
    }

    private static void ShouldHaveResumed(Migration migration, long saved) =>
        migration.Newest().DocumentsCopied.ShouldBeLessThanOrEqualTo(StillData.Documents - saved + BusyDocumentsMax);
}
