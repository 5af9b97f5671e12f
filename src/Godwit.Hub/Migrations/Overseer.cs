using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Requests;
using Godwit.Hub.Validation;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;

namespace Godwit.Hub.Migrations;

/// <summary>
/// Does what records say is left to do: makes users, removes them, moves timers. It looks at the records alone, so that a Hub that was killed
/// goes on where it was; whatever it tries can be tried again.
/// </summary>
internal sealed partial class Overseer(
    IDbContextFactory<HubDatabase> databases,
    MigrationBook migrations,
    ValidationBook validations,
    SelfManagedAccess access,
    HubOptions options,
    Quarantine quarantine,
    ConnectedHosts connected,
    HostInventories inventories,
    WorkBell bell,
    TimeProvider time,
    ILogger<Overseer> logger
) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);
    private readonly DateTimeOffset startedAt = time.GetUtcNow();
    private DateTimeOffset nextSweep;
    private readonly Dictionary<string, Task> steps = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    if (!quarantine.IsOn)
                    {
                        await LookAsync(stoppingToken).ConfigureAwait(false);
                    }
                }
                catch (Exception unforeseen) when (!stoppingToken.IsCancellationRequested)
                {
                    // A busy database must not stop the Hub's work for good.
                    LogFailed(logger, "the round", unforeseen.Message, unforeseen);
                }

                await bell.WaitAsync(LookEvery, stoppingToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await Task.WhenAll(steps.Values).ConfigureAwait(false);
        }
    }

    /// <summary>Begins a step of every record that has none under way: a destination that does not answer delays its own alone.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var (id, _) in steps.Where(one => one.Value.IsCompleted).ToList())
        {
            _ = steps.Remove(id);
        }

        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            await SweepAsync(database, cancellationToken).ConfigureAwait(false);
            var checks = await database
                .Validations.AsNoTracking()
                .Where(one => one.IsActive)
                .ToListAsync(cancellationToken)
                .ConfigureAwait(false);
            checks.ForEach(one =>
                Begin(one.Id, reading => StepAsync(reading, one, cancellationToken), cancellationToken)
            );
            var active = await database
                .Migrations.AsNoTracking()
                .Where(one => one.IsActive)
                .ToListAsync(cancellationToken)
                .ConfigureAwait(false);
            active.ForEach(one =>
                Begin(one.Id, reading => StepAsync(reading, one, cancellationToken), cancellationToken)
            );
        }
    }

    private void Begin(string id, Func<HubDatabase, Task> step, CancellationToken cancellationToken)
    {
        if (!steps.TryGetValue(id, out var last) || last.IsCompleted)
        {
            steps[id] = Task.Run(() => RunAsync(id, step, cancellationToken), CancellationToken.None);
        }
    }

    private async Task RunAsync(string id, Func<HubDatabase, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                await step(database).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The Hub stops; the next one finds the record as it is.
        }
        catch (Exception unforeseen)
        {
            // One bad record must not stop the others.
            LogFailed(logger, id, unforeseen.Message, unforeseen);
        }
    }

    private async Task StepAsync(HubDatabase database, ValidationRecord record, CancellationToken cancellationToken)
    {
        var state = ApiJson.Read<ValidationState>(record.State);
        var (id, plan) = (record.Id, state.Plan);
        switch (state.Stage)
        {
            case ValidationStage.Granting:
                var failure = await GrantAsync(
                        database,
                        id,
                        plan,
                        state.SealedPassword!,
                        TemporaryUse.Look,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                await validations
                    .ChangeAsync(
                        id,
                        now =>
                            now.Stage != ValidationStage.Granting ? now
                            : failure is null ? now with { Stage = ValidationStage.Running }
                            : now.Fail(
                                "destination-user",
                                $"The Hub could not make a user on {plan.ClusterName}: {failure}",
                                "Check that the registered user may manage users there (userAdminAnyDatabase).",
                                time.GetUtcNow()
                            ),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                break;
            case ValidationStage.Running when time.GetUtcNow() - state.CreatedAt > ValidationState.Patience:
                await validations
                    .ChangeAsync(
                        id,
                        now =>
                            now.Stage == ValidationStage.Running
                                ? now.Fail(
                                    "migration-host",
                                    $"The migration host {plan.HostName} has not finished the checks in time, or is away.",
                                    "Check that the agent runs there and reaches the Hub: godwit agent run",
                                    time.GetUtcNow()
                                )
                                : now,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                break;
            case ValidationStage.Running:
                await connected.WakeAsync(plan.HostId, cancellationToken).ConfigureAwait(false);
                break;
            case ValidationStage.Removing:
                if (await RemoveAsync(database, id, plan.ClusterId, cancellationToken).ConfigureAwait(false))
                {
                    await validations
                        .ChangeAsync(
                            id,
                            now => now with { Stage = ValidationStage.Ended, SealedPassword = null },
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                }

                break;
            case ValidationStage.Ended:
                break;
        }
    }

    private async Task StepAsync(HubDatabase database, MigrationRecord record, CancellationToken cancellationToken)
    {
        var state = ApiJson.Read<MigrationState>(record.State);
        var (id, plan) = (record.Id, state.Plan);
        switch (state.Stage)
        {
            case MigrationStage.Granting:
                var failure = await GrantAsync(
                        database,
                        id,
                        plan,
                        state.SealedPassword!,
                        UseOf(state),
                        cancellationToken,
                        state.FormerHostId
                    )
                    .ConfigureAwait(false);
                if (failure is null)
                {
                    _ = await migrations
                        .ChangeAsync(
                            id,
                            (now, _) => MigrationLife.Granted(now, state.SealedPassword),
                            null,
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                }

                break;
            case MigrationStage.Running:
                await NoteHostAsync(database, record, cancellationToken).ConfigureAwait(false);
                await WatchHostAsync(database, record, state, cancellationToken).ConfigureAwait(false);
                _ = await migrations
                    .ChangeAsync(id, (now, _) => MigrationLife.Tick(now, time.GetUtcNow()), null, cancellationToken)
                    .ConfigureAwait(false);
                break;
            case MigrationStage.Removing when state.FollowUp is { SealedUsers: { } users }:
                await GiveUsersAsync(database, id, plan.ClusterId, users, cancellationToken).ConfigureAwait(false);
                break;
            case MigrationStage.Removing:
                if (await RemoveAsync(database, id, plan.ClusterId, cancellationToken).ConfigureAwait(false))
                {
                    _ = await migrations
                        .ChangeAsync(
                            id,
                            (now, _) => MigrationLife.Removed(now, time.GetUtcNow()),
                            null,
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                }

                break;
            case MigrationStage.Ended:
                break;
        }
    }

    /// <summary>Tried once: what the destination refuses is told, and asked for again by whoever has put it right.</summary>
    private async Task GiveUsersAsync(
        HubDatabase database,
        string id,
        string clusterId,
        string users,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<CarriedEntry> given = [];
        var refused = await TryAsync(
                $"giving users to the destination of {id}",
                async () =>
                    given = await access
                        .GiveUsersAsync(database, clusterId, users, cancellationToken)
                        .ConfigureAwait(false),
                cancellationToken
            )
            .ConfigureAwait(false);
        ReportedFailure? failure = refused is null
            ? null
            : new(
                "USERS_NOT_COPIED",
                refused,
                "The user that the cluster is registered with has to be allowed to write users (restore and userAdminAnyDatabase); or: godwit copy-users"
            );
        var result = ApiJson.Write(
            new
            {
                Given = given.Count(one => one.IsThere),
                Left = given.Count(one => !one.IsThere),
                Entries = given,
            }
        );
        _ = await migrations
            .ChangeAsync(
                id,
                (now, _) => FollowUps.UsersCopied(now, failure, failure is null ? result : null, time.GetUtcNow()),
                null,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static TemporaryUse UseOf(MigrationState state) =>
        state.Goal == MigrationGoal.Verify ? TemporaryUse.Look
        : state.Plan.IsBackwards ? TemporaryUse.BeLeft
        : TemporaryUse.BeFilled;

    private Task<string?> GrantAsync(
        HubDatabase database,
        string id,
        MigrationPlan plan,
        string sealedPassword,
        TemporaryUse use,
        CancellationToken cancellationToken,
        string? formerHostId = null
    ) =>
        TryAsync(
            $"making the user of {id}",
            () =>
                access.GrantAsync(
                    database,
                    id,
                    plan.ClusterId,
                    plan.HostId,
                    sealedPassword,
                    use,
                    use == TemporaryUse.BeFilled ? plan.StandbyHosts : [],
                    cancellationToken,
                    formerHostId
                ),
            cancellationToken
        );

    /// <summary>Whether its host calls. A Hub that was away itself gives hosts the time to call.</summary>
    private async Task NoteHostAsync(HubDatabase database, MigrationRecord record, CancellationToken cancellationToken)
    {
        var called = await database
            .Hosts.Where(one => one.Id == record.HostId)
            .Select(one => one.LastContactAt)
            .FirstAsync(cancellationToken)
            .ConfigureAwait(false);
        var now = time.GetUtcNow();
        var since = called > startedAt ? called : startedAt;
        _ = await migrations
            .ChangeAsync(
                record.Id,
                (state, _) => MigrationLife.Watch(state, now - since > options.SilenceMax, now),
                null,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Lets a standby host go on if the host is lost; once it does, the one before is let in no more (P6).</summary>
    private async Task WatchHostAsync(
        HubDatabase database,
        MigrationRecord record,
        MigrationState state,
        CancellationToken cancellationToken
    )
    {
        if (state.IsFollowedUp)
        {
            return;
        }

        if (state.FormerHostId is null)
        {
            _ = await new Takeover(database, migrations, access, connected, inventories, options, time)
                .TryByItselfAsync(record, cancellationToken)
                .ConfigureAwait(false);
            return;
        }

        var isFenced =
            record.Report is { } report
            && ApiJson.Read<ReportedMigration>(report) is { Activity: MigrationActivity.Running } said
            && said.Revision == state.Revision;
        if (
            isFenced
            && (
                state.SealedPassword is not { } password
                || await GrantAsync(database, record.Id, state.Plan, password, UseOf(state), cancellationToken)
                    .ConfigureAwait(false)
                    is null
            )
        )
        {
            _ = await migrations
                .ChangeAsync(
                    record.Id,
                    (now, _) => new(now with { FormerHostId = null, WatchesLease = false }),
                    null,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    /// <summary>Expired migrations whose time is over are removed, unless another has gone on from there (P4).</summary>
    private async Task SweepAsync(HubDatabase database, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now < nextSweep)
        {
            return;
        }

        nextSweep = now + SweepEvery;
        var ended = await database
            .Migrations.AsNoTracking()
            .Where(one => !one.IsActive && one.State.Contains("\"outcome\":\"EXPIRED\""))
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var record in ended)
        {
            var state = ApiJson.Read<MigrationState>(record.State);
            if (
                state is { IsDiscarded: false, EndedAt: { } at }
                && now - at >= options.KeepsExpired
                && await CanDiscardAsync(database, record, state, now, cancellationToken).ConfigureAwait(false)
            )
            {
                var password = state.Plan.HasUsers ? access.NewPassword() : null;
                _ = await migrations
                    .ChangeAsync(record.Id, (one, _) => MigrationLife.Discard(one, password), null, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>Its host has to be there, and neither the cluster be forgotten nor a later migration have gone to it.</summary>
    private async Task<bool> CanDiscardAsync(
        HubDatabase database,
        MigrationRecord record,
        MigrationState state,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var host = await database.Hosts.FindAsync([record.HostId], cancellationToken).ConfigureAwait(false);
        var later = await database
            .Migrations.AsNoTracking()
            .Where(one => one.ProjectId == record.ProjectId && one.CreatedAt > record.CreatedAt)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return host is { RevokedAt: null }
            && now - host.LastContactAt <= options.SilenceMax
            && await database
                .Clusters.AnyAsync(one => one.Id == state.Plan.ClusterId, cancellationToken)
                .ConfigureAwait(false)
            && later.TrueForAll(one => ApiJson.Read<MigrationState>(one.State).Plan.ClusterId != state.Plan.ClusterId);
    }

    private async Task<bool> RemoveAsync(
        HubDatabase database,
        string id,
        string clusterId,
        CancellationToken cancellationToken
    ) =>
        await TryAsync(
                $"removing the user of {id}",
                () => access.RemoveAsync(database, id, clusterId, cancellationToken),
                cancellationToken
            )
            .ConfigureAwait(false)
            is null;

    /// <summary>Tries what the destination may refuse or not answer; says why not.</summary>
    private async Task<string?> TryAsync(string what, Func<Task> attempt, CancellationToken cancellationToken)
    {
        try
        {
            await attempt().ConfigureAwait(false);
            return null;
        }
        catch (Exception fault)
            when (fault is MongoException or TimeoutException or Api.Refusal or Providers.AtlasException
                && !cancellationToken.IsCancellationRequested
            )
        {
            var reason = SecretText.OfText(fault.Message);
            LogFailed(logger, what, reason, null);
            return reason;
        }
    }

    [LoggerMessage(111, LogLevel.Warning, "Tried and failed, will try again: {What}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string what, string reason, Exception? cause);
}
