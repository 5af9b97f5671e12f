using Godwit.Contracts.Agents;

namespace Godwit.Agent.Sharing;

/// <summary>The migrations of other hosts that this one helps with: exactly those that the Hub names.</summary>
/// <param name="stopping">Ends all of it.</param>
internal sealed class Helping(CancellationToken stopping)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Help> helps = new(StringComparer.Ordinal);

    /// <summary>Why it does not help where it should; <see langword="null"/> if it does, or should not.</summary>
    internal string? Fault
    {
        get
        {
            lock (gate)
            {
                return helps.Values.Select(one => one.Runner.Fault).FirstOrDefault(one => one is not null);
            }
        }
    }

    /// <summary>Migrations whose leading host does not answer.</summary>
    internal IReadOnlyList<string> Missing
    {
        get
        {
            lock (gate)
            {
                return [.. helps.Where(one => one.Value.Runner.MissesLeader).Select(one => one.Key)];
            }
        }
    }

    internal bool IsBusy
    {
        get
        {
            lock (gate)
            {
                return helps.Count > 0;
            }
        }
    }

    /// <summary>Begins what is new, and stops what is not named any more.</summary>
    /// <param name="orders">What to help with.</param>
    /// <param name="make">Makes what helps with one.</param>
    internal void Apply(IReadOnlyList<MigrationOrder> orders, Func<MigrationOrder, HelpRunner> make)
    {
        lock (gate)
        {
            foreach (var (id, help) in helps.ToList())
            {
                // A new revision may come with a new password; with a cutover it does not, and that is no time to stop.
                if (
                    !orders.Any(one =>
                        one.Id == id && (one.Revision == help.Revision || one.Goal == MigrationGoal.CutOver)
                    )
                )
                {
                    Stop(id, help);
                }
            }

            foreach (var order in orders.Where(one => !helps.ContainsKey(one.Id)))
            {
                var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                var runner = make(order);
                helps[order.Id] = new(
                    runner,
                    order.Revision,
                    enough,
                    Task.Run(() => runner.RunAsync(enough.Token), CancellationToken.None)
                );
            }
        }
    }

    /// <summary>Helps with nothing any more.</summary>
    internal void StopAll()
    {
        lock (gate)
        {
            foreach (var (id, help) in helps.ToList())
            {
                Stop(id, help);
            }
        }
    }

    /// <summary>Waits until it has stopped, after that was asked for.</summary>
    internal async Task WhenStoppedAsync()
    {
        List<Help> all;
        lock (gate)
        {
            all = [.. helps.Values];
        }

        foreach (var one in all)
        {
            await one.Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            one.Enough.Dispose();
        }
    }

    private void Stop(string id, Help help)
    {
        help.Enough.Cancel();
        _ = helps.Remove(id);
    }

    private sealed record Help(HelpRunner Runner, long Revision, CancellationTokenSource Enough, Task Running);
}
