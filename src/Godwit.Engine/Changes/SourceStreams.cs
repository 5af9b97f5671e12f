using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Changes;

/// <summary>The source's change streams on their way into the buffer: one as it is, several merged into one (S10).</summary>
internal sealed class SourceStreams : IAsyncDisposable
{
    private readonly IReadOnlyList<StreamFollower> followers;
    private readonly OpenedStream opened;

    /// <param name="source">The source.</param>
    /// <param name="opened">The streams as they were opened.</param>
    /// <param name="shared">Those that other hosts may carry; <see langword="null"/> for none.</param>
    /// <param name="retry">How long faults are waited out.</param>
    /// <param name="settings">How long streams wait for events.</param>
    internal SourceStreams(
        ISourceCluster source,
        OpenedStream opened,
        SharedChanges? shared,
        RetryPolicy retry,
        MigrationSettings settings
    )
    {
        var awaitTime = settings.AwaitTimeOf(opened.Parts.Count);
        this.opened = opened;
        followers =
        [
            .. opened.Parts.Select(part => new StreamFollower(
                shared is null ? source.OpenChangesAsync : shared.OpenAsync,
                shared is null ? part : part with { Stream = shared.Watch(part.Stream, part.Part) },
                opened.Position,
                retry,
                awaitTime
            )),
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
