using System.Runtime.CompilerServices;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Requests;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Migrations;

/// <summary>Migrations: creating and looking at them, and what people ask of them (P13).</summary>
internal sealed class MigrationDesk(
    HubDatabase database,
    IDbContextFactory<HubDatabase> databases,
    PlanReader plans,
    MigrationStarter starter,
    MigrationBook book,
    Takeover takeover,
    Reversals reversals,
    SelfManagedAccess access,
    HubOptions options,
    TimeProvider time
)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Creates a migration.</summary>
    /// <param name="scope">Of the project.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="version">The Atlas version of the request; <see langword="null"/> for Godwit's own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<MigrationView> CreateAsync(
        Scope scope,
        LiveMigrationRequest request,
        ApiVersion? version,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.Migrate);
        var plan = await plans.ReadAsync(scope, request, version, cancellationToken).ConfigureAwait(false);
        var state = await starter.StartAsync(scope, plan, cancellationToken).ConfigureAwait(false);
        return new(await FindAsync(scope, state.Id, cancellationToken).ConfigureAwait(false));
    }

    internal async Task<MigrationView> GetAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadMigrations);
        return new(await FindAsync(scope, id, cancellationToken).ConfigureAwait(false), options.KeepsExpired);
    }

    /// <summary>What people see to around it (P20).</summary>
    internal async Task<Checklist> ListTasksAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        var state = (await GetAsync(scope, id, cancellationToken).ConfigureAwait(false)).State;
        return await Checklists
            .OfAsync(database, scope.Group.Id, state.Plan, state, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>A part of its collections, those that are not copied first; by a part of their names, where one is given.</summary>
    internal async Task<Page<ReportedCollection>> ListCollectionsAsync(
        Scope scope,
        string id,
        string search,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        var view = await GetAsync(scope, id, cancellationToken).ConfigureAwait(false);
        var found = view
            .Collections.Where(one => one.Name.Contains(search, StringComparison.OrdinalIgnoreCase))
            .ToList();
        return new([.. found.Skip((page.Number - 1) * page.Size).Take(page.Size)], page.IsCounted ? found.Count : null);
    }

    /// <summary>Those under way first, then the newest.</summary>
    internal Task<Page<MigrationResource>> ListAsync(Scope scope, PageRequest page, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadMigrations);
        return database
            .Migrations.AsNoTracking()
            .Where(one => one.ProjectId == scope.Group.Id)
            .OrderByDescending(one => one.IsActive)
            .ThenByDescending(one => one.CreatedAt)
            .ReadAsync(page, record => new MigrationView(record).ToOwn(), cancellationToken);
    }

    /// <summary>The migration now, and again each time it is another one, until it has ended.</summary>
    internal async Task<IAsyncEnumerable<MigrationResource>> FollowAsync(
        Scope scope,
        string id,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadMigrations);
        _ = await FindAsync(scope, id, cancellationToken).ConfigureAwait(false);
        return FollowAsync(id, cancellationToken);
    }

    internal Task<MigrationView> CutOverAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            scope,
            id,
            (view, state) => MigrationLife.CutOver(state, view.CanCutOver, endsRehearsal: false, time.GetUtcNow()),
            cancellationToken
        );

    /// <summary>Says at which times it may be cut over (P20).</summary>
    internal Task<MigrationView> SetCutoverWindowsAsync(
        Scope scope,
        string id,
        CutoverWindowsRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageProject);
        return OptionFields.CheckWindows(request.CutoverWindows).ToList() is { Count: > 0 } wrong
            ? throw Refusal.Invalid(wrong)
            : ChangeAsync(
                scope,
                id,
                (_, state) => CutoverWindows.Set(state, request.CutoverWindows ?? []),
                cancellationToken
            );
    }

    /// <summary>Leaves the destination as the source is at a moment; applications stay where they are (D09).</summary>
    internal Task<MigrationView> EndRehearsalAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            scope,
            id,
            (view, state) => MigrationLife.CutOver(state, view.CanCutOver, endsRehearsal: true, time.GetUtcNow()),
            cancellationToken
        );

    internal Task<MigrationView> AbortCutoverAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            scope,
            id,
            (view, state) => MigrationLife.AbortCutover(state, view.IsDecided, time.GetUtcNow()),
            cancellationToken
        );

    internal Task<MigrationView> PauseAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(scope, id, (_, state) => MigrationLife.Pause(state), cancellationToken);

    internal Task<MigrationView> ResumeAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(scope, id, (_, state) => MigrationLife.Resume(state), cancellationToken);

    internal Task<MigrationView> ExtendAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            scope,
            id,
            (_, state) => MigrationLife.Extend(state, options.SyncWindow, time.GetUtcNow()),
            cancellationToken
        );

    internal Task<MigrationView> CancelAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(scope, id, (_, state) => MigrationLife.Cancel(state, time.GetUtcNow()), cancellationToken);

    /// <summary>Goes on with a migration that has failed or expired; its host has to be linked.</summary>
    internal async Task<MigrationView> RestartAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        scope.Require(Operation.Migrate);
        var record = await FindAsync(scope, id, cancellationToken).ConfigureAwait(false);
        var host = await database
            .Hosts.AsNoTracking()
            .FirstAsync(one => one.Id == record.HostId, cancellationToken)
            .ConfigureAwait(false);
        if (host.RevokedAt is not null)
        {
            throw Refusal.Conflict(
                "MIGRATION_HOST_REVOKED",
                $"The link of {host.Name} was deleted: link it again by a new link-token, then restart."
            );
        }

        // One that is not to be restarted at all is refused for that.
        if (!record.IsActive)
        {
            var plan = ApiJson.Read<MigrationState>(record.State).Plan;
            await starter.RequireFreeAsync(plan, cancellationToken).ConfigureAwait(false);
        }

        return await ChangeAsync(
                scope,
                id,
                (_, state) => MigrationLife.Restart(state, state.Plan.HasUsers ? access.NewPassword() : null),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Compares both sides of a complete migration once more (E05).</summary>
    internal Task<MigrationView> VerifyAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            scope,
            id,
            (_, state) => FollowUps.Verify(state, state.Plan.HasUsers ? access.NewPassword() : null, time.GetUtcNow()),
            cancellationToken
        );

    /// <summary>Gives the destination the source's users and custom roles, with the passwords they have (E07).</summary>
    internal async Task<MigrationView> CopyUsersAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ManageProject);
        var record = await FindAsync(scope, id, cancellationToken).ConfigureAwait(false);
        var clusterId = ApiJson.Read<MigrationState>(record.State).Plan.ClusterId;
        if (
            await database
                .Clusters.AnyAsync(one => one.Id == clusterId && one.AtlasAccountId != null, cancellationToken)
                .ConfigureAwait(false)
        )
        {
            throw Refusal.Conflict(
                "CLUSTER_OF_ATLAS",
                "Atlas keeps the users of its clusters itself: make them there."
            );
        }

        OutdatedHosts.Require(
            await database
                .Hosts.AsNoTracking()
                .FirstAsync(one => one.Id == record.HostId, cancellationToken)
                .ConfigureAwait(false),
            HostAbilities.TellUsers
        );
        return await ChangeAsync(
                scope,
                id,
                (_, state) => FollowUps.CopyUsers(state, time.GetUtcNow()),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Lets writes into the source again that a migration has blocked (E09).</summary>
    internal Task<MigrationView> UnblockSourceAsync(Scope scope, string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            scope,
            id,
            (_, state) =>
                FollowUps.UnblockSource(
                    state,
                    state.Plan is { IsBackwards: true, HasUsers: true } ? access.NewPassword() : null,
                    time.GetUtcNow()
                ),
            cancellationToken
        );

    /// <summary>Turns a migration round that was cut over.</summary>
    /// <returns>The migration that goes the other way.</returns>
    internal async Task<MigrationView> ReverseAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        scope.Require(Operation.Migrate);
        var record = await FindAsync(scope, id, cancellationToken).ConfigureAwait(false);
        var state = await reversals.StartAsync(scope, record, cancellationToken).ConfigureAwait(false);
        return new(await FindAsync(scope, state.Id, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Lets another host go on with a migration whose host is away.</summary>
    internal async Task<MigrationView> TakeOverAsync(
        Scope scope,
        string id,
        TakeOverRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.Migrate);
        var record = await FindAsync(scope, id, cancellationToken).ConfigureAwait(false);
        await takeover.RunAsync(scope, record, request, cancellationToken).ConfigureAwait(false);
        await database.Entry(record).ReloadAsync(cancellationToken).ConfigureAwait(false);
        return new(record);
    }

    private async Task<MigrationView> ChangeAsync(
        Scope scope,
        string id,
        Func<MigrationView, MigrationState, Change> change,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.Migrate);
        var record = await FindAsync(scope, id, cancellationToken).ConfigureAwait(false);
        _ = await book.ChangeAsync(
                id,
                (state, current) => change(new MigrationView(current), state),
                scope,
                cancellationToken
            )
            .ConfigureAwait(false);
        await database.Entry(record).ReloadAsync(cancellationToken).ConfigureAwait(false);
        return new(record);
    }

    /// <summary>The record of a migration in the project of the scope.</summary>
    private async Task<MigrationRecord> FindAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        if (!ObjectIds.IsValid(id))
        {
            throw Refusal.BadRequest("INVALID_ID", $"'{id}' is no id: 24 hexadecimal digits.");
        }

        var record = await database.Migrations.FindAsync([id], cancellationToken).ConfigureAwait(false);
        return record?.ProjectId == scope.Group.Id ? record : throw Refusal.NotFound("live migration", id);
    }

    private async IAsyncEnumerable<MigrationResource> FollowAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var shown = ""; ; )
        {
            var reading = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            MigrationView view;
            await using (reading.ConfigureAwait(false))
            {
                view = new(
                    await reading
                        .Migrations.AsNoTracking()
                        .FirstAsync(one => one.Id == id, cancellationToken)
                        .ConfigureAwait(false)
                );
            }

            var resource = view.ToOwn();
            var text = ApiJson.Write(resource);
            if (text != shown)
            {
                shown = text;
                yield return resource;
            }

            if (view.State.Stage == MigrationStage.Ended)
            {
                yield break;
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
