using System.Text.Json;
using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary><c>godwit demo</c>, as a newcomer and as a script runs it.</summary>
public sealed class DemoTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H15")]
    public async Task The_demonstration_migrates_a_busy_shop_and_keeps_every_promise_to_its_application()
    {
        var (code, demo) = await GodwitProgram.RunAsync(
            Rig.Patience,
            Cancellation,
            "demo",
            "--json",
            "--seconds",
            "5",
            "--orders",
            "8000"
        );
        await using (demo)
        {
            code.ShouldBe(0, demo.Describe());
            var lines = demo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var result = JsonDocument.Parse(lines.ShouldHaveSingleItem()).RootElement;
            result.GetProperty("outcome").GetString().ShouldBe("migrated");
            result.GetProperty("differences").GetInt32().ShouldBe(0);
            result.GetProperty("collections").GetInt32().ShouldBeGreaterThan(8);
            result.GetProperty("documents").GetInt64().ShouldBeGreaterThan(8_000);
            result.GetProperty("changesApplied").GetInt64().ShouldBeGreaterThan(0);
            result.GetProperty("downtimeMs").GetDouble().ShouldBeGreaterThan(0);
            result.GetProperty("copyMegabytesPerSecond").GetDouble().ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public async Task An_option_of_the_demonstration_that_makes_no_sense_is_refused_by_name()
    {
        var (code, demo) = await GodwitProgram.RunAsync(Rig.Patience, Cancellation, "demo", "--members", "0");
        await using (demo)
        {
            code.ShouldBe(2);
            demo.Errors.ShouldContain("--members must be at least 1");
        }
    }
}
