using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Changes;

/// <summary>The source's change streams on their way into the buffer: one as it is, several merged into one (S10).</summary>
internal sealed class SourceStreams : IAsyncDisposable
{
    private readonly IReadOnlyList<StreamFollower> followers;
    private readonly OpenedStream opened;

    internal SourceStreams(ISourceCluster source, OpenedStream opened, RetryPolicy retry, MigrationSettings settings)
    {
        var awaitTime = settings.AwaitTimeOf(opened.Parts.Count);
        this.opened = opened;
        followers =
        [
            .. opened.Parts.Select(part => new StreamFollower(source, part, opened.Position, retry, awaitTime)),
        ];
    }

    /// <summary>What has to run for events to come.</summary>
    internal IEnumerable<Func<CancellationToken, Task>> Workers(EventBuffer buffer)
    {
        if (followers.Count == 1)
        {
            return [stop => followers[0].RunAsync(buffer.AddAsync, stop)];
        }

        var merger = new StreamMerger([.. opened.Parts.Select(part => part.After)], opened.After);
        return
        [
            stop => merger.RunAsync(buffer, stop),
            .. followers.Select<StreamFollower, Func<CancellationToken, Task>>(
                (follower, index) =>
                    stop => follower.RunAsync((_, batch, token) => merger.AddAsync(index, batch, token), stop)
            ),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var follower in followers)
        {
            await follower.DisposeAsync();
        }
    }
}
