using System.Diagnostics;
using Godwit.Cli.Verbs;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Verbs;

/// <summary>The unit that <c>godwit agent install</c> writes.</summary>
public sealed class AgentInstallTests
{
    [Fact]
    [Requirement("A06")]
    public void A_unit_names_program_folder_and_user_as_systemd_reads_them()
    {
        var unit = AgentInstall.Compose("/opt/god wit/godwit", "/var/lib/100%/agent", "mover").Split('\n');
        unit.ShouldContain("ExecStart=\"/opt/god wit/godwit\" agent run --data /var/lib/100%%/agent");
        unit.ShouldContain("ReadWritePaths=/var/lib/100%%/agent");
        unit.ShouldContain("User=mover");
        // Stopping is a checkpoint, and a host that was killed goes on by itself.
        unit.ShouldContain("Restart=always");
        unit.ShouldContain("TimeoutStopSec=120");
        unit.ShouldNotContain(line => line.Contains('{'));
    }

    [Fact]
    [Requirement("A06")]
    public async Task It_is_written_as_often_as_one_likes_and_a_folder_that_is_not_there_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-units-").FullName;
        try
        {
            var file = Path.Combine(folder, "godwit-agent.service");
            (await AgentInstall.RunAsync("/var/lib/godwit", "mover", folder, isStarted: false)).ShouldBe(0);
            var first = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            (await AgentInstall.RunAsync("/var/lib/godwit", "mover", folder, isStarted: false)).ShouldBe(0);
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe(first);
            var missing = Path.Combine(folder, "none");
            (await AgentInstall.RunAsync("/var/lib/godwit", "mover", missing, isStarted: false)).ShouldBe(
                ExitCodes.Refused
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    [Requirement("A06")]
    public async Task Systemd_finds_nothing_wrong_in_it()
    {
        const string systemd = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(systemd), "systemd-analyze is not installed");
        var folder = Directory.CreateTempSubdirectory("godwit unit 100% ").FullName;
        try
        {
            var file = Path.Combine(folder, "godwit-agent.service");
            await File.WriteAllTextAsync(
                file,
                AgentInstall.Compose("/usr/bin/true", folder, "root"),
                TestContext.Current.CancellationToken
            );
            using var verifying = Process.Start(
                new ProcessStartInfo(systemd, ["verify", file]) { RedirectStandardError = true }
            )!;
            var said = await verifying.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await verifying.WaitForExitAsync(TestContext.Current.CancellationToken);
            (verifying.ExitCode, said).ShouldBe((0, ""));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
