using Godwit.Testing;
using Xunit;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>
/// The same suites through two routers before two shards: each case that asks for a sharded cluster, or does not mind one. A class of
/// its own, so that its waits for idle shards lie beside the work of the other suites.
/// </summary>
public sealed class RoutedSuiteTests
{
    [Theory]
    [InlineData("crud", 0.95)]
    [InlineData("change-streams", 0.95)]
    public async Task A_suite_runs_through_routers_as_far_as_it_is_said_to(string suite, double share)
    {
        var folder = SharedData.SpecificationTests(suite);
        var (server, _) = await ServerUnderTest.StartShardedAsync(routers: 2);
        await using var _ = server;
        await SuiteRun.JudgeAsync(SpecCase.Sharded(suite), share, SpecCase.ReadSuite(folder, SpecCase.Sharded), server);
    }
}
