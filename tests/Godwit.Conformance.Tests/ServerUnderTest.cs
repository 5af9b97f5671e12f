using MongoDB.Driver;
using Xunit;

namespace Godwit.Conformance.Tests;

/// <summary>The server that is judged: a Sandbox in this process, or the one that GODWIT_TEST_SOURCE names.</summary>
internal sealed class ServerUnderTest(string connectionString) : IAsyncDisposable
{
    public string ConnectionString { get; } = connectionString;

    /// <summary>The members' ports, the first primary's first.</summary>
    public IReadOnlyList<int> Ports { get; } =
    [.. MongoUrl.Create(connectionString).Servers.Select(server => server.Port)];

    public static Task<ServerUnderTest> StartAsync(int members = 3)
    {
        var named = Environment.GetEnvironmentVariable("GODWIT_TEST_SOURCE");
        Assert.SkipWhen(
            string.IsNullOrEmpty(named),
            $"a Sandbox of {members} does not serve connections yet; GODWIT_TEST_SOURCE names a server"
        );
        return Task.FromResult(new ServerUnderTest(named!));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
