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
}
