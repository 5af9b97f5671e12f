using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>Notices what should stay as it is on either side while a migration runs, and says what has not (D05).</summary>
/// <param name="source">Connection string of the source.</param>
/// <param name="destination">Connection string of the destination.</param>
/// <param name="say">Told of each change once.</param>
/// <param name="time">The clock.</param>
internal sealed class ChangeWatch(string source, string destination, Action<string> say, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);

    /// <summary>Whether both sides were seen, so that a change can be told.</summary>
    internal bool HasLooked { get; private set; }

    /// <summary>Looks as long as a run lasts.</summary>
    internal async Task<T> WhileAsync<T>(Task<T> run)
    {
        using var stopping = new CancellationTokenSource();
        var looking = RunAsync(stopping.Token);
        try
        {
            return await run.ConfigureAwait(false);
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var (here, there) = ((ClusterOutline?)null, (ClusterOutline?)null);
        while (true)
        {
            here = await LookAsync("source", source, here, cancellationToken).ConfigureAwait(false);
            there = await LookAsync("destination", destination, there, cancellationToken).ConfigureAwait(false);
            HasLooked = here is not null && there is not null;
            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ClusterOutline?> LookAsync(
        string side,
        string address,
        ClusterOutline? before,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var now = await ClusterOutline.ReadAsync(address, cancellationToken).ConfigureAwait(false);
            var changes = before is null ? [] : ClusterOutline.Changes(side, before, now).ToList();
            changes.ForEach(one => say($"{time.GetUtcNow():u}: {one}"));
            return now.After(before);
        }
        catch (Exception away) when (away is MongoException or TimeoutException)
        {
            // Whoever does not answer has not changed; the engine says that it is away.
            return before;
        }
    }
}
