using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Agent.Migrations;
using Godwit.Agent.Sharing;
using Godwit.Agent.Validation;
using Godwit.Contracts.Agents;
using Microsoft.Extensions.Logging;

namespace Godwit.Agent;

/// <summary>What a host works at: its validations and migrations, each in a task of its own.</summary>
internal sealed class Workbench(
    AgentFolder folder,
    HubLink link,
    HostKeys keys,
    SharingNode? sharing,
    TimeProvider time,
    ILoggerFactory loggers,
    Action changed,
    CancellationToken stopping
)
{
    private readonly InventoryFile inventory = new(folder);
    private readonly MigrationFile file = new(folder);
    private readonly Lock gate = new();
    private readonly Dictionary<string, (ValidationRunner Runner, Task Running)> validations = new(
        StringComparer.Ordinal
    );
    private readonly Dictionary<string, (MigrationRunner Runner, Task Running)> migrations = new(
        StringComparer.Ordinal
    );

    private readonly HostRules rules = new(folder, link, time);

    private readonly Helping helping = new(stopping);

    private HostChecks Checks => new(folder, keys, link, rules, time);

    private SourceAddress Sources => new(inventory, link, keys, rules);

    /// <summary>What people on the source side let a Hub ask of this host.</summary>
    internal ReportedLimits Limits => rules.Report();

    internal IReadOnlyList<ReportedValidation> Validations
    {
        get
        {
            lock (gate)
            {
                return [.. validations.Values.Select(one => one.Runner.Report)];
            }
        }
    }

    internal IReadOnlyList<ReportedMigration> Migrations
    {
        get
        {
            lock (gate)
            {
                return [.. migrations.Values.Where(one => !one.Running.IsCompleted).Select(one => one.Runner.Report)];
            }
        }
    }

    /// <summary>Whether anything changes by itself, so that it is worth telling often.</summary>
    internal bool IsBusy
    {
        get
        {
            lock (gate)
            {
                return helping.IsBusy
                    || migrations.Values.Any(one => !one.Running.IsCompleted)
                    || validations.Values.Any(one => !one.Running.IsCompleted);
            }
        }
    }

    /// <summary>How it shares migrations with other hosts; <see langword="null"/> if it does not.</summary>
    internal ReportedSharing? Sharing =>
        sharing is null ? null : new(sharing.Choice.Shown, sharing.Fault ?? helping.Fault, helping.Missing);

    /// <summary>Goes on with what an earlier process had.</summary>
    internal void Restore()
    {
        lock (gate)
        {
            foreach (var kept in file.ReadAll())
            {
                var runner = NewRunner();
                runner.Restore(kept);
                migrations[kept.Order.Id] = (runner, runner.RunAsync(stopping));
            }
        }
    }

    /// <summary>Makes it so. What an order does not name any more is kept, unless it says forget: a Hub may have lost it (P3).</summary>
    internal void Apply(AgentOrders orders)
    {
        lock (gate)
        {
            foreach (var order in orders.Validations.Where(one => !validations.ContainsKey(one.Id)))
            {
                var runner = new ValidationRunner(order, Checks, Sources, changed);
                validations[order.Id] = (runner, runner.RunAsync(stopping));
            }

            // A validation is over once the Hub has its result and asks for it no more.
            var asked = orders.Validations.Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var (id, one) in validations.ToList())
            {
                if (!asked.Contains(id) && one.Running.IsCompleted)
                {
                    _ = validations.Remove(id);
                }
            }

            foreach (var order in orders.Migrations)
            {
                Give(orders.Incarnation, order);
            }
        }

        if (sharing is not null)
        {
            helping.Apply(
                orders.Helps ?? [],
                order => new(order, Checks, Sources, rules.HelpObstacle, sharing, time, loggers)
            );
        }
    }

    /// <summary>
    /// The link was deleted (P8): every engine stops at a checkpoint, starts the balancers it has stopped and lets the source go. What a host
    /// that is linked again goes on with is kept.
    /// </summary>
    internal async Task LetGoAsync(TimeSpan patience)
    {
        helping.StopAll();
        List<Task> stopping;
        lock (gate)
        {
            stopping = [.. migrations.Values.Select(one => one.Runner.LetGoAsync())];
        }

        await Task.WhenAll(stopping)
            .WaitAsync(patience, time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Waits until everything has stopped after the stop was asked for.</summary>
    internal async Task WhenStoppedAsync()
    {
        List<Task> running;
        lock (gate)
        {
            running =
            [
                .. validations.Values.Select(one => one.Running),
                .. migrations.Values.Select(one => one.Running),
            ];
        }

        foreach (var one in running)
        {
            await one.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await helping.WhenStoppedAsync().ConfigureAwait(false);
    }

    private void Give(string incarnation, MigrationOrder order)
    {
        if (migrations.TryGetValue(order.Id, out var there) && !there.Running.IsCompleted)
        {
            there.Runner.Give(incarnation, order);
            return;
        }

        if (order.Goal == MigrationGoal.Forget)
        {
            return;
        }

        var runner = NewRunner();
        runner.Give(incarnation, order);
        migrations[order.Id] = (runner, runner.RunAsync(stopping));
    }

    private MigrationRunner NewRunner() =>
        new(file, Checks, Sources, new(rules.Obstacle, rules.Closed, rules.Bound), sharing, time, loggers, changed);
}
