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
    [InlineData("crud", 0.97)]
    [InlineData("change-streams", 0.97)]
    [InlineData("sessions", 0.97)]
    [InlineData("causal-consistency", 0.97)]
    [InlineData("collection-management", 0.97)]
    [InlineData("read-write-concern", 0.97)]
    [InlineData("run-command", 0.97)]
    [InlineData("versioned-api", 0.97)]
    [InlineData("gridfs", 0.97)]
    [InlineData("index-management", 0)]
    [InlineData("retryable-reads", 0.97)]
    [InlineData("retryable-writes", 0.97)]
    [InlineData("transactions-convenient-api", 0.97)]
    [InlineData("transactions", 0.97)]
    [InlineData("unified-valid-pass", 0.95)]
    public async Task A_suite_runs_through_routers_as_far_as_it_is_said_to(string suite, double share)
    {
        var folder = SharedData.SpecificationTests(suite);
        await SuiteRun.JudgeAsync(
            SpecCase.Sharded(suite),
            share,
            SpecCase.ReadSuite(folder, SpecCase.Sharded),
            async () => (await ServerUnderTest.StartShardedAsync(routers: 2)).Server
        );
    }
}
