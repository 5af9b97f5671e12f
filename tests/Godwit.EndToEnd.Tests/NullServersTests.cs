using System.Text.Json;
using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// The null servers of the benchmarks answer all that the engine asks today: they know only what it asked when they were written, and a
/// benchmark that is not run for a while would not be missed.
/// </summary>
public sealed class NullServersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_migration_between_null_servers_copies_applies_verifies_and_is_cut_over()
    {
        const string options = """{"Documents":20000,"Events":2000}""";
        var build = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var bench = Path.Combine(SharedData.RepositoryRoot(), "artifacts/bin/Godwit.Bench", build, "Godwit.Bench");
        await using var servers = RunningProgram.Start(bench, ["role", "null-servers", options]);
        using var addresses = JsonDocument.Parse(
            await servers.LineAsync(line => line.StartsWith('{'), Rig.Patience, Cancellation)
        );
        await using var migration = GodwitProgram.Start(
            "migrate",
            "--source",
            addresses.RootElement.GetProperty("Source").GetString()!,
            "--destination",
            addresses.RootElement.GetProperty("Destination").GetString()!,
            "--cutover",
            "auto"
        );

        (await migration.ExitAsync(Rig.Patience, Cancellation)).ShouldBe(
            0,
            $"{migration.Describe()}\n{servers.Describe()}"
        );
        migration.Output.ShouldContain("20,000 documents copied, 2,000 changes applied");
    }
}
