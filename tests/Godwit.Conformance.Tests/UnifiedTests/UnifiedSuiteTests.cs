using Godwit.Testing;
using Xunit;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>MongoDB's driver specification tests, run as data against a Sandbox: what a real driver relies on.</summary>
public sealed class UnifiedSuiteTests
{
    [Theory]
    [InlineData("crud", 0.95)]
    [InlineData("change-streams", 0.95)]
    [InlineData("transactions", 0.95)]
    [InlineData("sessions", 0.95)]
    [InlineData("retryable-reads", 0.95)]
    [InlineData("retryable-writes", 0.95)]
    [InlineData("transactions-convenient-api", 0.8)]
    [InlineData("causal-consistency", 0.8)]
    [InlineData("collection-management", 0.8)]
    [InlineData("gridfs", 0.8)]
    [InlineData("index-management", 0.8)]
    [InlineData("read-write-concern", 0.8)]
    [InlineData("run-command", 0.8)]
    [InlineData("versioned-api", 0.8)]
    [InlineData("unified-valid-pass", 0.8)]
    [InlineData("sdam-unified", 0)]
    [InlineData("handshake", 0)]
    public async Task A_suite_of_the_driver_specifications_runs_as_far_as_it_is_said_to(string suite, double share)
    {
        var folder = SharedData.SpecificationTests(suite);
        await SuiteRun.JudgeAsync(suite, share, SpecCase.ReadSuite(folder), () => ServerUnderTest.StartAsync());
    }
}
