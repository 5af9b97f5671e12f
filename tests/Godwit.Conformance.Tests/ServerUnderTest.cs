using Xunit;

namespace Godwit.Conformance.Tests;

/// <summary>The server that is judged: a Sandbox in this process, or the one that GODWIT_TEST_SOURCE names.</summary>
internal sealed class ServerUnderTest(string connectionString) : IAsyncDisposable
{
    public string ConnectionString { get; } = connectionString;

    public static Task<ServerUnderTest> StartAsync()
    {
        var named = Environment.GetEnvironmentVariable("GODWIT_TEST_SOURCE");
        Assert.SkipWhen(
            string.IsNullOrEmpty(named),
            "the Sandbox does not serve connections yet; GODWIT_TEST_SOURCE names a server"
        );
        return Task.FromResult(new ServerUnderTest(named!));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
