using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Web.Desk;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace Godwit.Hub.Web.Parts;

/// <summary>What pages have in common: the way to the desks, refusals shown as sentences, an end when they are left.</summary>
public abstract class HubPage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource leaving = new();

    [Inject]
    internal Visit Visit { get; set; } = null!;

    [Inject]
    internal Here Here { get; set; } = null!;

    [Inject]
    internal Browser Browser { get; set; } = null!;

    [Inject]
    internal Toasts Toasts { get; set; } = null!;

    [Inject]
    internal IDialogService Dialogs { get; set; } = null!;

    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    /// <summary>Ends when the page is left.</summary>
    protected CancellationToken Leaving { get; private set; }

    /// <summary>Whether something is being done that the page waits for.</summary>
    protected bool IsBusy { get; private set; }

    /// <summary>Made when the page is opened.</summary>
    protected HubPage() => Leaving = leaving.Token;

    /// <summary>The page is left: what it waits for ends.</summary>
    public void Dispose()
    {
        leaving.Cancel();
        Leave();
        leaving.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The page is left.</summary>
    protected virtual void Leave() { }

    private protected Task<TAnswer> ProjectAsync<TDesk, TAnswer>(
        string projectId,
        Func<TDesk, Scope, Task<TAnswer>> ask
    )
        where TDesk : notnull => Visit.OfProjectAsync(projectId, ask, Leaving);

    private protected Task<TAnswer> OrganizationAsync<TDesk, TAnswer>(
        string organizationId,
        Func<TDesk, Scope, Task<TAnswer>> ask
    )
        where TDesk : notnull => Visit.OfOrganizationAsync(organizationId, ask, Leaving);

    /// <summary>Does what a person asked for; a refusal is shown and nothing lost.</summary>
    /// <returns>Whether it was done.</returns>
    protected async Task<bool> DoAsync(Func<Task> act, string? done = null)
    {
        if (IsBusy)
        {
            return false;
        }

        IsBusy = true;
        StateHasChanged();
        try
        {
            await act();
            if (done is not null)
            {
                Toasts.Say(done);
            }

            return true;
        }
        catch (Refusal refusal)
        {
            Toasts.Refuse(refusal.Message);
            return false;
        }
        finally
        {
            IsBusy = false;
            StateHasChanged();
        }
    }

    /// <summary>Asks whether to do what cannot be undone.</summary>
    protected async Task<bool> ConfirmAsync(string title, string text, string yes) =>
        await Dialogs.ShowMessageBoxAsync(title, text, yesText: yes, cancelText: "Keep it as it is") == true;
}
