using Godwit.Agent.Inventory;
using Godwit.Agent.Migrations;
using Godwit.Agent.Validation;
using Godwit.Cluster;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Microsoft.Extensions.Logging;

namespace Godwit.Agent.Sharing;

/// <summary>
/// Helps another host of the organisation with a migration: copies ranges for it, and reads them again to compare them, for as long as the
/// Hub says so. Nothing of it is kept: what was begun and not finished is done by another host.
/// </summary>
internal sealed partial class HelpRunner(
    MigrationOrder order,
    HostChecks checks,
    SourceAddress sources,
    Func<ReportedFailure?> obstacle,
    SharingNode node,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);
    private readonly ILogger logger = loggers.CreateLogger<HelpRunner>();
    private volatile HostMember? member;

    /// <summary>Why it does not help; <see langword="null"/> while it does.</summary>
    internal string? Fault { get; private set; }

    /// <summary>Whether the host that leads does not answer, though this one is among the others.</summary>
    internal bool MissesLeader => node.Fault is null && member?.MissesLeader == true;

    /// <summary>Helps until it is cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        LogHelps(logger, order.Id);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Fault = obstacle() is { } standing
                    ? $"{standing.Message} {standing.Remedy}"
                    : await HelpWhileAllowedAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
            {
                // Were it let through, nobody would be told why this host does nothing.
                Fault = SecretText.OfText(failed.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            LogCannot(logger, order.Id, Fault);
            await Task.Delay(RetryAfter, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Helps until something stands against it: the hours of this host end, or somebody there says so.</summary>
    /// <returns>Why it does not any more.</returns>
    private async Task<string> HelpWhileAllowedAsync(CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var helping = HelpAsync(enough.Token);
        while (!helping.IsCompleted)
        {
            _ = await Task.WhenAny(helping, Task.Delay(RetryAfter, time, enough.Token)).ConfigureAwait(false);
            if (!helping.IsCompleted && obstacle() is { } standing)
            {
                await enough.CancelAsync().ConfigureAwait(false);
                await helping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                return $"{standing.Message} {standing.Remedy}";
            }
        }

        await enough.CancelAsync().ConfigureAwait(false);
        return await helping.ConfigureAwait(false);
    }

    /// <returns>Why it cannot.</returns>
    private async Task<string> HelpAsync(CancellationToken cancellationToken)
    {
        var request = checks.Read(order);
        var (from, to) = OrderSides.Of(order, sources, checks);
        var found = await checks.RunAsync(from, to, request, isStart: true, cancellationToken).ConfigureAwait(false);
        if (EngineRun.IsAway(found.Source) || EngineRun.IsAway(found.Destination))
        {
            return "This host cannot reach source or destination.";
        }

        if (EngineRun.AreOther(order, found))
        {
            return "Source or destination is another deployment for this host than the one that was validated.";
        }

        var source = new MongoSource(MongoAddress.Parse(from), time);
        var destination = new MongoDestination(MongoAddress.Parse(to), time);
        await using (source.ConfigureAwait(false))
        await using (destination.ConfigureAwait(false))
        {
            Fault = null;
            var own = new HostMember(
                node.Self,
                () => node.Grains,
                null,
                order.Id,
                order.Id,
                request.Scope.Narrow(source),
                request.Scope.Rename(destination),
                time
            );
            member = own;
            _ = await own.FollowAsync(node.Choice.Ranges, cancellationToken).ConfigureAwait(false);
            return "The migration has ended.";
        }
    }

    [LoggerMessage(232, LogLevel.Information, "Helps with migration {Id}")]
    private static partial void LogHelps(ILogger logger, string id);

    [LoggerMessage(233, LogLevel.Warning, "Cannot help with migration {Id}: {Reason}")]
    private static partial void LogCannot(ILogger logger, string id, string? reason);
}
