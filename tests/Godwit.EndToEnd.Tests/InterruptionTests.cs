using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
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
        await using var rig = await Rig.StartAsync();
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
