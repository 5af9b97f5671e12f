using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Support;

/// <summary>Orleans' dashboard: its page, its files, and what they ask for.</summary>
internal static class DashboardEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var below = routes.MapGroup("/api/godwit/v1/groups/{groupId}/migrations/{liveMigrationId}/dashboard");
        _ = below
            .MapGet("", ShowPageAsync)
            .Needs(Operation.InspectHosts)
            .As("getHostsDashboard", "Orleans' dashboard of the hosts that share a migration, as a page for browsers.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
        _ = below
            .MapGet(
                "/{name}",
                (string liveMigrationId, string name, HttpContext http, DashboardDesk desk, DashboardFiles files) =>
                    AnswerAsync(liveMigrationId, name, "", http, desk, files)
            )
            .Needs(Operation.InspectHosts)
            .As("getHostsDashboardFigures", "A file of the dashboard's page, or figures that it shows.")
            .Produces<string>(StatusCodes.Status200OK, "application/json");
        _ = below
            .MapGet("/{name}/{of}", AnswerAsync)
            .Needs(Operation.InspectHosts)
            .As(
                "getHostsDashboardFiguresOf",
                "A file of the dashboard's page, or figures of one host or kind of grain."
            )
            .Produces<string>(StatusCodes.Status200OK, "application/json");
    }

    private static async Task<IResult> ShowPageAsync(
        string liveMigrationId,
        HttpContext http,
        DashboardDesk desk,
        DashboardFiles files
    )
    {
        await desk.RequireAsync(http.Scope(), liveMigrationId, http.RequestAborted).ConfigureAwait(false);
        var request = http.Request;
        // The page's addresses are relative to its folder.
        return request.Path.Value!.EndsWith('/')
            ? files.Find(http, DashboardFiles.Page)!
            : Results.LocalRedirect($"{request.PathBase}{request.Path}/");
    }

    private static async Task<IResult> AnswerAsync(
        string liveMigrationId,
        string name,
        string of,
        HttpContext http,
        DashboardDesk desk,
        DashboardFiles files
    )
    {
        if (files.Find(http, of.Length == 0 ? name : $"{name}.{of}") is { } file)
        {
            await desk.RequireAsync(http.Scope(), liveMigrationId, http.RequestAborted).ConfigureAwait(false);
            return file;
        }

        var question = new DashboardQuestion(name, of, http.Request.QueryString.Value ?? "");
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(
            await desk.AskAsync(http.Scope(), liveMigrationId, question, http.RequestAborted).ConfigureAwait(false),
            "application/json"
        );
    }
}
