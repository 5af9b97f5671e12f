using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Hub.Access;

/// <summary>
/// The way to the Hub's commands and queries for callers in this process, such as pages: each in a scope of services of its own, with the
/// rights of whoever asks. A <c>…Desk</c> checks these itself, so that pages and API cannot differ.
/// </summary>
internal sealed class Desks(IServiceScopeFactory scopes)
{
    /// <summary>Asks about a project.</summary>
    internal Task<TAnswer> OfProjectAsync<TDesk, TAnswer>(
        Caller caller,
        string? remoteAddress,
        string projectId,
        Func<TDesk, Scope, Task<TAnswer>> ask,
        CancellationToken cancellationToken
    )
        where TDesk : notnull =>
        AskAsync<TDesk, TAnswer>(gate => gate.OfProjectAsync(caller, remoteAddress, projectId, cancellationToken), ask);

    /// <summary>Asks about an organisation.</summary>
    internal Task<TAnswer> OfOrganizationAsync<TDesk, TAnswer>(
        Caller caller,
        string? remoteAddress,
        string organizationId,
        Func<TDesk, Scope, Task<TAnswer>> ask,
        CancellationToken cancellationToken
    )
        where TDesk : notnull =>
        AskAsync<TDesk, TAnswer>(
            gate => gate.OfOrganizationAsync(caller, remoteAddress, organizationId, cancellationToken),
            ask
        );

    private async Task<TAnswer> AskAsync<TDesk, TAnswer>(
        Func<Gate, Task<Scope>> enter,
        Func<TDesk, Scope, Task<TAnswer>> ask
    )
        where TDesk : notnull
    {
        var services = scopes.CreateAsyncScope();
        await using (services.ConfigureAwait(false))
        {
            var scope = await enter(services.ServiceProvider.GetRequiredService<Gate>()).ConfigureAwait(false);
            return await ask(services.ServiceProvider.GetRequiredService<TDesk>(), scope).ConfigureAwait(false);
        }
    }
}
