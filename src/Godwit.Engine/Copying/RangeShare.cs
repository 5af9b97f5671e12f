using System.Collections.Concurrent;

namespace Godwit.Engine.Copying;

/// <summary>Shares ranges out among hosts: each takes the next one as it has room, so that a slow one takes fewer.</summary>
internal static class RangeShare
{
    /// <summary>Works until every range was taken by one of them and is done; the first failure ends it.</summary>
    /// <param name="ranges">What is to be done.</param>
    /// <param name="hosts">Who may rent a room, and again when it is done; one as often as it may do ranges at once.</param>
    /// <param name="work">Does a range in a room.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task RunAsync<T>(
        IReadOnlyCollection<T> ranges,
        IReadOnlyCollection<IRangeHosts> hosts,
        Func<IRangeHost, T, CancellationToken, Task> work,
        CancellationToken cancellationToken
    )
    {
        var waiting = new ConcurrentQueue<T>(ranges);
        using var allTaken = new CancellationTokenSource();
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Max(1, hosts.Count),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            hosts,
            options,
            async (one, token) =>
            {
                while (!waiting.IsEmpty && await RentAsync(one, allTaken.Token, token) is { } room)
                {
                    using (room)
                    {
                        if (waiting.TryDequeue(out var range))
                        {
                            await work(room, range, token);
                        }
                    }
                }

                await allTaken.CancelAsync();
            }
        );
    }

    /// <returns><see langword="null"/> if nothing is left to be done meanwhile.</returns>
    private static async Task<IRangeHost?> RentAsync(
        IRangeHosts hosts,
        CancellationToken allTaken,
        CancellationToken cancellationToken
    )
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(allTaken, cancellationToken);
        try
        {
            return await hosts.RentAsync(either.Token);
        }
        catch (OperationCanceledException)
            when (allTaken.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
