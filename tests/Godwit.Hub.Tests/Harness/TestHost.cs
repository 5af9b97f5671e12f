using Godwit.Agent;
using Godwit.Agent.Identity;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Hub.Tests.Harness;

/// <summary>A migration host in this process, in a folder of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-agent-").FullName;
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public AgentFolder Folder => new(folder);

    public Task<HubLink> LinkAsync(string token, string name = "host1") =>
        new Linker(Folder, name).LinkAsync(token, TestHub.Cancellation);

    /// <summary>Runs it until it is disposed, or the Hub does not let it in any more.</summary>
    public Task RunAsync() =>
        running = new AgentService(Folder, TimeProvider.System, NullLoggerFactory.Instance, _ => { }).RunAsync(
            stopping.Token
        );

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
