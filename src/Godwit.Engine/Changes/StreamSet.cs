using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Changes;

/// <summary>Streams that together carry every event: one as it is, several merged into one (S10).</summary>
internal sealed class StreamSet : IAsyncDisposable
{
    private readonly IReadOnlyList<StreamFollower> followers;
    private readonly StreamMerger? merger;
    private HandedOn handed;

    /// <param name="open">Opens one of them again.</param>
    /// <param name="parts">The streams as they were opened.</param>
    /// <param name="start">The time at which one begins that has no token yet.</param>
    /// <param name="begin">Where others have ended that carried everything before: what they handed on is left out.</param>
    /// <param name="retry">How long faults are waited out.</param>
    /// <param name="settings">How long streams wait for events.</param>
    internal StreamSet(
        Func<ChangeStreamRequest, CancellationToken, Task<IChangeStream>> open,
        IReadOnlyList<OpenedPart> parts,
        ClusterTime start,
        HandedOn begin,
        RetryPolicy retry,
        MigrationSettings settings
    )
    {
        var awaitTime = settings.AwaitTimeOf(parts.Count);
        followers = [.. parts.Select(part => new StreamFollower(open, part, start, retry, awaitTime))];
        merger = parts.Count > 1 || !begin.Last.IsEmpty ? new([.. parts.Select(part => part.After)], begin) : null;
        handed = begin;
    }

    /// <summary>How many there are.</summary>
    internal int Count => followers.Count;

    /// <summary>What went on so far.</summary>
    internal HandedOn Handed => merger?.Handed ?? handed;

    /// <summary>Events that came so far.</summary>
    internal long Brought => followers.Sum(one => one.Brought);

    /// <summary>How long each of them has waited for replies so far.</summary>
    internal IReadOnlyList<TimeSpan> Waited => [.. followers.Select(one => one.Waited)];

    /// <summary>Follows all until cancelled, or until they are to end: then behind a whole event.</summary>
    internal async Task RunAsync(EventBuffer buffer, CancellationToken ending, CancellationToken cancellationToken)
    {
        if (merger is null)
        {
            await followers[0].RunAsync(HandOnAsync, ending, cancellationToken);
            return;
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var merging = merger.RunAsync(buffer, ending, stopping.Token);
        List<Task> all =
        [
            merging,
            .. followers.Select(
                (one, index) =>
                    one.RunAsync(
                        (_, batch, stop) => merger.AddAsync(index, batch, stop),
                        CancellationToken.None,
                        stopping.Token
                    )
            ),
        ];
        try
        {
            // Followers end by a fault only; what they have read and was not handed on yet, the next ones read again.
            await await Task.WhenAny(all);
        }
        finally
        {
            await stopping.CancelAsync();
            await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task HandOnAsync(RawDocument before, ChangeBatch batch, CancellationToken stop)
        {
            var next = handed.With(batch);
            await buffer.AddAsync(before, batch, stop);
            handed = next;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var follower in followers)
        {
            await follower.DisposeAsync();
        }
    }
}
