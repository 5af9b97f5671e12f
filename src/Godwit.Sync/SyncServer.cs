using System.Net;
using Godwit.Sync.Api;
using Godwit.Sync.Logging;
using Godwit.Sync.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Sync;

/// <summary>The service put together: the engine behind an HTTP API on the loopback interface, as mongosync is.</summary>
internal sealed partial class SyncServer : IAsyncDisposable
{
    private const long BodyBytesMax = 1024 * 1024;
    private readonly WebApplication application;
    private readonly SyncService service;

    private SyncServer(WebApplication application, SyncService service) =>
        (this.application, this.service) = (application, service);

    /// <summary>Where it listens.</summary>
    internal Uri Url =>
        new(
            application
                .Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.First()
        );

    /// <summary>Completes with the reason when it cannot go on without a person.</summary>
    internal Task<SyncEnd> Ended => service.Ended;

    /// <summary>Begins to listen, and to find out where the migration stands.</summary>
    internal static async Task<SyncServer> StartAsync(
        SyncOptions options,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        _ = builder.Logging.ClearProviders();
        _ = builder.Logging.AddProvider(JsonLog.Open(options.LogPath, time));
        _ = builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Godwit", options.Verbosity);
        _ = builder.Services.AddRouting();
        _ = builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        var application = builder.Build();
        var loggers = application.Services.GetRequiredService<ILoggerFactory>();
        var service = new SyncService(options, time, loggers);
        var server = new SyncServer(application, service);
        try
        {
            _ = application.Use(RefuseForeign);
            _ = application.UseRouting();
            new Endpoints(service, new(options, time), time, loggers.CreateLogger<Endpoints>()).Map(application);
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        LogListening(loggers.CreateLogger<SyncServer>(), server.Url);
        _ = Task.Run(service.InitializeAsync, CancellationToken.None);
        return server;
    }

    /// <summary>Stops at a checkpoint.</summary>
    internal Task StopAsync(CancellationToken cancellationToken) => service.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync(CancellationToken.None);
        await service.DisposeAsync();
        await application.DisposeAsync();
    }

    [LoggerMessage(300, LogLevel.Information, "Listening on {Url}")]
    private static partial void LogListening(ILogger logger, Uri url);

    private static Task RefuseForeign(HttpContext http, RequestDelegate next)
    {
        if (!Endpoints.IsForeign(http.Request))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
