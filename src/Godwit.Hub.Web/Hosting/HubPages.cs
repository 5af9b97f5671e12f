using Godwit.Hub.Api;
using Godwit.Hub.Hosting;
using Godwit.Hub.Web.Desk;
using Godwit.Hub.Web.Layout;
using Godwit.Hub.Web.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;

namespace Godwit.Hub.Web.Hosting;

/// <summary>The Hub's pages: rendered in its own process, with all they need in their own assembly.</summary>
internal sealed class HubPages : IHubPages
{
    private static readonly TimeSpan CircuitRetention = TimeSpan.FromMinutes(5);

    public void AddServices(IServiceCollection services)
    {
        _ = services
            .AddRazorComponents()
            .AddInteractiveServerComponents(circuit => circuit.DisconnectedCircuitRetentionPeriod = CircuitRetention);
        _ = services.AddMudServices();
        _ = services.AddCascadingAuthenticationState();
        _ = services.AddSingleton<PageAssets>().AddSingleton<ThemeSheet>();
        _ = services.AddSingleton<Chronicle>().AddHostedService(all => all.GetRequiredService<Chronicle>());
        _ = services
            .AddScoped<Visit>()
            .AddScoped<Browser>()
            .AddScoped<Whereabouts>()
            .AddScoped<Here>()
            .AddScoped<Toasts>();
    }

    public void Map(WebApplication application)
    {
        _ = application.UseMiddleware<PageGuard>();
        _ = application.UseAntiforgery();
        PageAssets.Map(application);
        _ = application.MapPost("/signIn", EnterAsync).WithOrder(-1);
        _ = application
            .MapRazorComponents<App>()
            // Said by the policy of every page already.
            .AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);
    }

    private static async Task<IResult> EnterAsync(HttpContext http, PasswordSignIn passwords)
    {
        PageGuard.RequireOwnOrigin(http.Request);
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var (name, password) = (form["userName"].ToString().Trim(), form["password"].ToString());
        var next = form["next"].ToString();
        return await passwords.TryEnterAsync(http, name, password).ConfigureAwait(false)
                ? Results.LocalRedirect(PageGuard.IsLocal(next) ? $"~{next}" : "~/")
            : PageGuard.IsLocal(next)
                ? Results.LocalRedirect($"~/signIn?wrong=password&next={Uri.EscapeDataString(next)}")
            : Results.LocalRedirect("~/signIn?wrong=password");
    }
}
