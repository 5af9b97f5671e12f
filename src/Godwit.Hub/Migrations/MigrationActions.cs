using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Migrations;

/// <summary>What people ask of a migration (P13): each accepted at once, carried out by the host, seen in the migration itself.</summary>
internal static class MigrationActions
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapPut(
                "/api/atlas/v2/groups/{groupId}/liveMigrations/{liveMigrationId}/cutover",
                async (
                    string liveMigrationId,
                    HttpContext http,
                    HubDatabase database,
                    MigrationBook book,
                    TimeProvider time
                ) =>
                {
                    _ = ApiVersion.Of(http.Request, ApiVersion.First);
                    _ = await ChangeAsync(
                            liveMigrationId,
                            http,
                            database,
                            book,
                            (view, state) => CutOver(view, state, time)
                        )
                        .ConfigureAwait(false);
                    return Answer.Nothing(StatusCodes.Status202Accepted);
                }
            )
            .Needs(Operation.Migrate);
        Add(routes, "cutover", (view, state, parts) => CutOver(view, state, parts.Time));
        Add(
            routes,
            "abortCutover",
            (view, state, parts) => MigrationLife.AbortCutover(state, view.IsDecided, parts.Time.GetUtcNow())
        );
        Add(routes, "pause", (_, state, _) => MigrationLife.Pause(state));
        Add(routes, "resume", (_, state, _) => MigrationLife.Resume(state));
        Add(
            routes,
            "extend",
            (_, state, parts) => MigrationLife.Extend(state, parts.Options.SyncWindow, parts.Time.GetUtcNow())
        );
        Add(routes, "cancel", (_, state, parts) => MigrationLife.Cancel(state, parts.Time.GetUtcNow()));
        Add(
            routes,
            "restart",
            (_, state, parts) => MigrationLife.Restart(state, state.Plan.HasUsers ? parts.Access.NewPassword() : null)
        );
    }

    private static Change CutOver(MigrationView view, MigrationState state, TimeProvider time) =>
        MigrationLife.CutOver(state, view.CanCutOver, time.GetUtcNow());

    private static void Add(
        IEndpointRouteBuilder routes,
        string name,
        Func<MigrationView, MigrationState, Parts, Change> change
    ) =>
        routes
            .MapPost(
                $"/api/godwit/v1/groups/{{groupId}}/migrations/{{liveMigrationId}}/{name}",
                async (
                    string liveMigrationId,
                    HttpContext http,
                    HubDatabase database,
                    MigrationBook book,
                    HubOptions options,
                    SelfManagedAccess access,
                    TimeProvider time
                ) =>
                {
                    var parts = new Parts(options, access, time);
                    var record = await ChangeAsync(
                            liveMigrationId,
                            http,
                            database,
                            book,
                            (view, state) => change(view, state, parts)
                        )
                        .ConfigureAwait(false);
                    return new Answer(new MigrationView(record).ToOwn(), StatusCodes.Status202Accepted);
                }
            )
            .Needs(Operation.Migrate);

    private static async Task<MigrationRecord> ChangeAsync(
        string id,
        HttpContext http,
        HubDatabase database,
        MigrationBook book,
        Func<MigrationView, MigrationState, Change> change
    )
    {
        var record = await MigrationEndpoints.FindAsync(id, http, database).ConfigureAwait(false);
        _ = await book.ChangeAsync(
                id,
                (state, current) => change(new MigrationView(current), state),
                http,
                http.RequestAborted
            )
            .ConfigureAwait(false);
        await database.Entry(record).ReloadAsync(http.RequestAborted).ConfigureAwait(false);
        return record;
    }

    private sealed record Parts(HubOptions Options, SelfManagedAccess Access, TimeProvider Time);
}
