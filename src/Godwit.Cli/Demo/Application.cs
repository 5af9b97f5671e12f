using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>
/// The application of the demonstration: several workers that write without pause, with operators, pipelines, replacements, deletes,
/// transactions and definitions. Every acknowledged write to an order goes into the <see cref="Ledger"/>.
/// </summary>
internal sealed class Application(IMongoDatabase shop, Ledger ledger, int seed, TimeProvider time)
{
    private const int Workers = 4;
    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan DefinitionThinkTime = TimeSpan.FromMilliseconds(400);
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task running = Task.CompletedTask;
    private long acknowledged;
    private long lastAcknowledgedAt;

    /// <summary>Writes acknowledged so far.</summary>
    internal long Acknowledged => Interlocked.Read(ref acknowledged);

    /// <summary>Timestamp of the newest acknowledgement.</summary>
    internal long LastAcknowledgedAt => Interlocked.Read(ref lastAcknowledgedAt);

    /// <summary>Ends with the timestamp of the first acknowledgement; fails when a worker did.</summary>
    internal async Task<long> FirstAcknowledgedAsync()
    {
        await await Task.WhenAny(first.Task, running);
        return LastAcknowledgedAt;
    }

    /// <summary>Begins to write.</summary>
    /// <param name="withDefinitions">Whether collections and indexes change as well.</param>
    internal void Start(bool withDefinitions)
    {
        var workers = Enumerable
            .Range(0, Workers)
            .Select(number => new OrderWorker(shop, ledger, new Random(seed + number)))
            .Select(worker => RunAsync(worker.WriteAsync, ThinkTime))
            .ToList();
        var random = new Random(seed + Workers);
        workers.Add(RunAsync(token => Transfers.MoveAsync(shop, random, token), ThinkTime));
        if (withDefinitions)
        {
            var changes = new DefinitionChanges(shop);
            workers.Add(RunAsync(changes.NextAsync, DefinitionThinkTime));
        }

        running = Task.WhenAll(workers);
    }

    /// <summary>Throws what made a worker fail, if one did.</summary>
    internal void ThrowIfFailed()
    {
        if (running.IsFaulted)
        {
            running.GetAwaiter().GetResult();
        }
    }

    /// <summary>Lets every worker finish what it is about and ends.</summary>
    internal async Task StopAsync()
    {
        stopped.TrySetResult();
        await running;
    }

    private async Task RunAsync(Func<CancellationToken, Task> write, TimeSpan thinkTime)
    {
        while (!stopped.Task.IsCompleted)
        {
            // A write that has begun is seen through: its acknowledgement is what the ledger counts.
            await write(CancellationToken.None);
            Interlocked.Exchange(ref lastAcknowledgedAt, time.GetTimestamp());
            Interlocked.Increment(ref acknowledged);
            first.TrySetResult();
            await Task.WhenAny(Task.Delay(thinkTime, time, CancellationToken.None), stopped.Task);
        }
    }
}
