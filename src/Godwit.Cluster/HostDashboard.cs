using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Godwit.Cluster;

/// <summary>
/// Orleans' dashboard of the hosts, without a port of its own: whoever holds this object asks it, nobody else can. What may be asked for is
/// for that one to say.
/// </summary>
internal sealed class HostDashboard
{
    private readonly IServiceProvider services;
    private readonly RequestDelegate answer;

    /// <param name="services">Of a silo that <see cref="AddTo"/> has prepared.</param>
    internal HostDashboard(IServiceProvider services)
    {
        this.services = services;
        answer = new ApplicationBuilder(services)
            .UseRouting()
            .UseEndpoints(routes => routes.MapOrleansDashboard())
            .Build();
    }

    /// <param name="silo">Of this host.</param>
    /// <param name="name">What the dashboard calls it.</param>
    internal static void AddTo(ISiloBuilder silo, string name)
    {
        _ = silo.Configure<SiloOptions>(options => options.SiloName = name);
        _ = silo.AddDashboard(options => options.HideTrace = true);
        _ = silo.Services.AddRouting();
        // Which routing asks for, and a web server would have brought.
        _ = silo.Services.AddSingleton(new DiagnosticListener("Godwit.Cluster"));
    }

    /// <summary>Asks it.</summary>
    /// <param name="path">Below the dashboard's root.</param>
    /// <param name="query">With its question mark, or empty.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A status as HTTP has it, and the text.</returns>
    internal async Task<(int Status, string Text)> AskAsync(
        string path,
        string query,
        CancellationToken cancellationToken
    )
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            using var body = new MemoryStream();
            var http = new DefaultHttpContext
            {
                RequestServices = scope.ServiceProvider,
                RequestAborted = cancellationToken,
                Request =
                {
                    Method = HttpMethods.Get,
                    Scheme = "http",
                    Host = new("dashboard"),
                    Path = new($"/{path}"),
                    QueryString = new(query),
                },
                Response = { Body = body },
            };
            await answer(http).ConfigureAwait(false);
            await http.Response.CompleteAsync().ConfigureAwait(false);
            return (http.Response.StatusCode, Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length));
        }
    }
}
