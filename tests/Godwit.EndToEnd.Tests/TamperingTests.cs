using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// A byte flipped, a document added and one removed on the destination behind the engine's back are found and named at any time;
/// healed before the cutover is decided (S22, S24), named by <c>godwit verify</c> ever after.
/// </summary>
public sealed class TamperingTests
{
    private const int Different = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S24")]
    [Requirement("E05")]
    public async Task What_was_changed_before_the_copy_ended_is_found_named_and_healed()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate("--report", tampering.ReportFile);
        await tampering.HoldCopyAsync();
        migration.Start();
        await tampering.IsCopiedAsync();
        await tampering.TamperAsync();
        // What is shown lags behind what is done, by up to a second.
        await migration.ReachAsync("copying");
        await rig.Destination.RefuseNothingAsync();
        await migration.CutOverAsync();
        tampering.ReportShouldNameWhatWasHealed();
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task What_was_changed_after_its_range_was_verified_is_found_named_and_healed()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate("--report", tampering.ReportFile);
        migration.Start();
        await migration.ReachAsync("inSync");
        await tampering.TamperAsync();
        await migration.CutOverAsync();
        tampering.ReportShouldNameWhatWasHealed();
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("S22")]
    [Requirement("S24")]
    [Requirement("S26")]
    public async Task What_is_changed_during_the_commit_is_found_named_and_healed()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate("--report", tampering.ReportFile);
        migration.Start();
        await migration.ReachAsync("inSync");
        await tampering.TamperWhileJournalIsHeldAsync(migration, CutoverStep.Begins);
        (await migration.ExitAsync()).ShouldBe(0, migration.Program.Describe());
        tampering.ReportShouldNameWhatWasHealed();
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task What_is_changed_between_the_last_comparison_and_the_opening_is_named_and_no_success_is_reported()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate("--report", tampering.ReportFile);
        migration.Start();
        await migration.ReachAsync("inSync");
        await tampering.TamperWhileJournalIsHeldAsync(migration, CutoverStep.IsDecided);
        (await migration.ExitAsync()).ShouldBe(Different, migration.Program.Describe());
        tampering.ReportShouldClaimNothing();
        await VerifyShouldNameAllAsync(rig);
    }

    [Fact]
    [Requirement("E05")]
    [Requirement("S21")]
    public async Task Verify_names_what_was_changed_after_the_cutover()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.CutOverAsync();
        (await rig.VerifyAsync()).ExitCode.ShouldBe(0);
        await tampering.TamperAsync();
        await VerifyShouldNameAllAsync(rig);
    }

    private static async Task VerifyShouldNameAllAsync(Rig rig)
    {
        var (code, output) = await rig.VerifyAsync();
        code.ShouldBe(Different, output);
        output.ShouldContain("different: 3 differences in 1 collections");
        output.ShouldContain($"work.victim _id {Tampering.Flipped}: different");
        output.ShouldContain($"work.victim _id {Tampering.Removed}: missing on the destination");
        output.ShouldContain($"work.victim _id {Tampering.Added}: not on the source");
    }
}
