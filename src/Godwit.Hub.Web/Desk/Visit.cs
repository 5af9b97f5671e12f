using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Hub.Web.Desk;

/// <summary>
/// One open page of one person: who they are, where they come from, until when they are signed in. Whatever a page asks of the Hub goes
/// through here, by the same desks as the API's requests.
/// </summary>
internal sealed class Visit(
    AuthenticationStateProvider authentication,
    Desks desks,
    IServiceScopeFactory scopes,
    TimeProvider time
)
{
    private DateTimeOffset? sessionEnds;
    private string? remoteAddress;

    /// <summary>Whether the visitor has to sign in anew before anything else is done.</summary>
    internal bool IsOver => sessionEnds is { } end && time.GetUtcNow() >= end;

    internal DateTimeOffset Now => time.GetUtcNow();

    internal TimeProvider Time => time;

    /// <summary>What the first request of the page said.</summary>
    internal void Begin(string? address, DateTimeOffset? ends) => (remoteAddress, sessionEnds) = (address, ends);

    /// <exception cref="Refusal">Nobody is signed in, or no longer.</exception>
    internal async Task<Caller> CallerAsync()
    {
        var state = await authentication.GetAuthenticationStateAsync().ConfigureAwait(false);
        return IsOver ? throw Refusal.Unauthorized() : Caller.Of(state.User) ?? throw Refusal.Unauthorized();
    }

    /// <summary>Asks a desk about a project.</summary>
    internal async Task<TAnswer> OfProjectAsync<TDesk, TAnswer>(
        string projectId,
        Func<TDesk, Scope, Task<TAnswer>> ask,
        CancellationToken cancellationToken
    )
        where TDesk : notnull =>
        await desks
            .OfProjectAsync(await CallerAsync().ConfigureAwait(false), remoteAddress, projectId, ask, cancellationToken)
            .ConfigureAwait(false);

    /// <summary>Asks a desk about an organisation.</summary>
    internal async Task<TAnswer> OfOrganizationAsync<TDesk, TAnswer>(
        string organizationId,
        Func<TDesk, Scope, Task<TAnswer>> ask,
        CancellationToken cancellationToken
    )
        where TDesk : notnull =>
        await desks
            .OfOrganizationAsync(
                await CallerAsync().ConfigureAwait(false),
                remoteAddress,
                organizationId,
                ask,
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Asks a desk for what belongs to no organisation yet.</summary>
    internal async Task<TAnswer> OfNothingAsync<TDesk, TAnswer>(Func<TDesk, Caller, string?, Task<TAnswer>> ask)
        where TDesk : notnull
    {
        var caller = await CallerAsync().ConfigureAwait(false);
        var services = scopes.CreateAsyncScope();
        await using (services.ConfigureAwait(false))
        {
            return await ask(services.ServiceProvider.GetRequiredService<TDesk>(), caller, remoteAddress)
                .ConfigureAwait(false);
        }
    }
}
