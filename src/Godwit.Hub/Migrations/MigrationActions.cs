using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Migrations;

/// <summary>What people ask of a migration (P13): each accepted at once, carried out by the host, seen in the migration itself.</summary>
internal static class MigrationActions
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        AddCutoverWindows(routes);
        Add(routes, "cutover", "Cuts over a migration that is in sync.", desk => desk.CutOverAsync);
        Add(
            routes,
            "endRehearsal",
            "Ends a rehearsal that is in sync: the destination stays as the source is at that moment.",
            desk => desk.EndRehearsalAsync
        );
        Add(routes, "abortCutover", "Takes a cutover back that is not decided yet.", desk => desk.AbortCutoverAsync);
        Add(routes, "pause", "Stops a migration at a checkpoint.", desk => desk.PauseAsync);
        Add(routes, "resume", "Goes on with a paused migration.", desk => desk.ResumeAsync);
        Add(routes, "extend", "Lets the window begin anew, from now.", desk => desk.ExtendAsync);
        Add(routes, "cancel", "Gives a migration up; what was copied stays.", desk => desk.CancelAsync);
        Add(routes, "restart", "Goes on with a migration that has failed or expired.", desk => desk.RestartAsync);
        Add(routes, "verify", "Compares both sides of a complete migration once more.", desk => desk.VerifyAsync);
        Add(
            routes,
            "unblockSource",
            "Lifts the source's write block, which stays after a cutover.",
            desk => desk.UnblockSourceAsync
        );
        Add(
            routes,
            "reverse",
            "Turns a migration round that was cut over: another one the other way, which is what it answers.",
            desk => desk.ReverseAsync
        );
        Add(
            routes,
            "copyUsers",
            "Gives the destination the source's users and custom roles, with the passwords they have.",
            desk => desk.CopyUsersAsync,
            Operation.ManageProject
        );
        _ = routes
            .MapPost(
                "/api/godwit/v1/groups/{groupId}/migrations/{liveMigrationId}/takeOver",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    var body = await Body.ReadAsync<TakeOverRequest>(http.Request).ConfigureAwait(false);
                    var now = await desk.TakeOverAsync(http.Scope(), liveMigrationId, body, http.RequestAborted)
                        .ConfigureAwait(false);
                    return new Answer(now.ToOwn(), StatusCodes.Status202Accepted);
                }
            )
            .Needs(Operation.Migrate)
            .As("takeOverMigration", "Lets another host go on with a migration whose host is away.")
            .Reads<TakeOverRequest>()
            .Gives<MigrationResource>(StatusCodes.Status202Accepted);
    }

    private static void AddCutoverWindows(IEndpointRouteBuilder routes) =>
        routes
            .MapPut(
                "/api/godwit/v1/groups/{groupId}/migrations/{liveMigrationId}/cutoverWindows",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    var body = await Body.ReadAsync<CutoverWindowsRequest>(http.Request).ConfigureAwait(false);
                    var now = await desk.SetCutoverWindowsAsync(
                            http.Scope(),
                            liveMigrationId,
                            body,
                            http.RequestAborted
                        )
                        .ConfigureAwait(false);
                    return new Answer(now.ToOwn());
                }
            )
            .Needs(Operation.ManageProject)
            .As("setMigrationCutoverWindows", "Says at which times of the week, in UTC, a migration may be cut over.")
            .Reads<CutoverWindowsRequest>()
            .Gives<MigrationResource>();

    private delegate Task<MigrationView> Asking(Scope scope, string id, CancellationToken cancellationToken);

    private static void Add(
        IEndpointRouteBuilder routes,
        string name,
        string summary,
        Func<MigrationDesk, Asking> action,
        Operation operation = Operation.Migrate
    ) =>
        routes
            .MapPost(
                $"/api/godwit/v1/groups/{{groupId}}/migrations/{{liveMigrationId}}/{name}",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    var now = await action(desk)(http.Scope(), liveMigrationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return new Answer(now.ToOwn(), StatusCodes.Status202Accepted);
                }
            )
            .Needs(operation)
            .As($"{name}Migration", summary)
            .Gives<MigrationResource>(StatusCodes.Status202Accepted);
}
