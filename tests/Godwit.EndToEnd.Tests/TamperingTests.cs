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
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S24")]
    [Requirement("E05")]
    public async Task What_was_changed_before_the_copy_ended_is_found_named_and_healed()
    {
        await using var rig = await Rig.StartAsync();
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate("--report", tampering.ReportFile);
        await tampering.HoldCopyAsync();
        migration.Start();
        await tampering.IsCopiedAsync();
        await tampering.TamperAsync();
        migration.Newest().Phase.ShouldBe("copying");
        await migration.CutOverAsync();
        tampering.ReportShouldNameWhatWasHealed();
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("S22")]
    [Requirement("S24")]
    public async Task What_was_changed_after_its_range_was_verified_is_found_named_and_healed()
    {
        await using var rig = await Rig.StartAsync();
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
    public async Task What_is_changed_during_the_commit_is_healed_or_the_commit_is_refused()
    {
        await using var rig = await Rig.StartAsync();
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate("--report", tampering.ReportFile);
        migration.Start();
        await migration.ReachAsync("inSync");
        var before = await tampering.HoldCommitAsync();
        await migration.AskForCutoverAsync();
        await rig.Destination.WaitForFailedCommandsAsync(before + 1, Cancellation);
        await tampering.TamperAsync();
        if (await migration.ExitAsync() != 0)
        {
            // Refused, and named: the migration is taken up again, heals it, and cuts over at the next wish.
            migration.Program.Describe().ShouldContain("differ");
            await rig.Destination.FailCommandsAsync("off", [], Cancellation);
            migration.Start();
            await migration.CutOverAsync();
        }

        tampering.ReportShouldNameWhatWasHealed();
        await rig.ShouldBeIdenticalAsync();
    }

    [Fact]
    [Requirement("E05")]
    [Requirement("S21")]
    public async Task Verify_names_what_was_changed_after_the_cutover()
    {
        await using var rig = await Rig.StartAsync();
        await using var tampering = await Tampering.PrepareAsync(rig);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.CutOverAsync();
        (await VerifyAsync(rig)).ExitCode.ShouldBe(0);
        await tampering.TamperAsync();
        var (code, output) = await VerifyAsync(rig);
        code.ShouldBe(3, output);
        output.ShouldContain("different: 3 differences in 1 collections");
        output.ShouldContain($"work.victim _id {Tampering.Flipped}: different");
        output.ShouldContain($"work.victim _id {Tampering.Removed}: missing on the destination");
        output.ShouldContain($"work.victim _id {Tampering.Added}: not on the source");
    }

    private static async Task<(int ExitCode, string Output)> VerifyAsync(Rig rig)
    {
        var (code, verify) = await GodwitProgram.RunAsync(
            Rig.Patience,
            Cancellation,
            "verify",
            "--source",
            rig.Source.ConnectionString,
            "--destination",
            rig.Destination.ConnectionString
        );
        await using (verify)
        {
            return (code, verify.Output + verify.Errors);
        }
    }
}
