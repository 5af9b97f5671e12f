using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>Signing in by a code that works once. Looking at the link does not use it up: pressing the button does.</summary>
internal static class SignIn
{
    internal const string SessionScheme = "session";
    private const string Path = "/signIn/{code}";

    internal static string PathOf(string code) => $"/signIn/{code}";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        // Before the page of the same address, which would take a form, too.
        _ = routes.MapPost(Path, EnterAsync).WithOrder(-1);
        _ = routes.MapPost(
            "/signOut",
            async (HttpContext http) =>
            {
                await http.SignOutAsync(SessionScheme).ConfigureAwait(false);
                return IsBrowser(http) ? Results.LocalRedirect("~/signIn") : Answer.Nothing();
            }
        );
    }

    /// <summary>A page for the link where there are no others.</summary>
    internal static void MapPage(IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, () => Results.Content(Page, "text/html; charset=utf-8"));

    /// <summary>Whether a form was sent by somebody who wants to see a page next.</summary>
    internal static bool IsBrowser(HttpContext http) =>
        http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);

    /// <summary>Adds a code for a person; its hash is kept.</summary>
    internal static string AddCode(HubDatabase database, Person person, TimeSpan lifetime, TimeProvider time)
    {
        var code = JoinToken.NewSecret();
        _ = database.Add(
            new SignInCode
            {
                Hash = JoinToken.Hash(code),
                PersonId = person.Id,
                ExpiresAt = time.GetUtcNow() + lifetime,
            }
        );
        return code;
    }

    private static async Task<IResult> EnterAsync(
        string code,
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var hash = JoinToken.Hash(code);
        // One statement, so that of two who press at once one gets in.
        var taken = await database
            .SignInCodes.Where(one => one.Hash == hash && one.UsedAt == null && one.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(one => one.UsedAt, now), cancellationToken)
            .ConfigureAwait(false);
        if (taken == 0)
        {
            if (IsBrowser(http))
            {
                return Results.LocalRedirect("~/signIn?wrong=link");
            }

            throw new Refusal(
                StatusCodes.Status401Unauthorized,
                "INVALID_SIGN_IN_LINK",
                "This sign-in link is not known, was used, or has lapsed: ask for a new one. An administrator who has never signed in gets one by restarting the Hub."
            );
        }

        var found = await database
            .SignInCodes.Where(one => one.Hash == hash)
            .Join(database.People, one => one.PersonId, person => person.Id, (_, person) => person)
            .FirstAsync(cancellationToken)
            .ConfigureAwait(false);
        var caller = new Caller(CallerKind.Person, found.Id, found.UserName);
        await http.SignInAsync(SessionScheme, caller.ToPrincipal(SessionScheme)).ConfigureAwait(false);
        Audit.Add(caller, http.RemoteAddress(), database, time, "USER_SIGNED_IN", new { found.UserName });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return IsBrowser(http)
            ? Results.LocalRedirect(found.PasswordHash is null ? "~/me?welcome=true" : "~/")
            : new Answer(new { UserId = found.Id, found.UserName });
    }

    private const string Page = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8" /><meta name="viewport" content="width=device-width" /><title>Sign in to Godwit Hub</title>
        <body><main><h1>Godwit Hub</h1><form method="post"><button>Sign in</button></form></main></body>
        </html>
        """;
}
