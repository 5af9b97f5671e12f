using Godwit.Testing;
using Xunit;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>MongoDB's driver specification tests, run as data against a Sandbox: what a real driver relies on.</summary>
public sealed class UnifiedSuiteTests
{
    [Theory]
    [InlineData("crud", 0.97)]
    [InlineData("change-streams", 0.97)]
    [InlineData("transactions", 0.97)]
    [InlineData("sessions", 0.97)]
    [InlineData("retryable-reads", 0.97)]
    [InlineData("retryable-writes", 0.97)]
    [InlineData("transactions-convenient-api", 0.97)]
    [InlineData("causal-consistency", 0.97)]
    [InlineData("collection-management", 0.97)]
    [InlineData("gridfs", 0.97)]
    [InlineData("index-management", 0.97)]
    [InlineData("read-write-concern", 0.97)]
    [InlineData("run-command", 0.97)]
    [InlineData("versioned-api", 0.97)]
    [InlineData("unified-valid-pass", 0.8)]
    [InlineData("sdam-unified", 0)]
    [InlineData("handshake", 0)]
    public async Task A_suite_of_the_driver_specifications_runs_as_far_as_it_is_said_to(string suite, double share)
    {
        var folder = SharedData.SpecificationTests(suite);
        await SuiteRun.JudgeAsync(suite, share, SpecCase.ReadSuite(folder), () => ServerUnderTest.StartAsync());
    }
}
