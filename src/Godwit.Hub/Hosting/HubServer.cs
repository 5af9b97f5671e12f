using System.Net;
using System.Security.Cryptography.X509Certificates;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Links;
using Godwit.Hub.Migrations;
using Godwit.Hub.Notifications;
using Godwit.Hub.Providers;
using Godwit.Hub.Requests;
using Godwit.Hub.Support;
using Godwit.Hub.Validation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Hosting;

/// <summary>The Hub put together: one web application with all it needs, started and stopped by whoever makes it.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    private const long BodyBytesMax = 1024 * 1024;
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(12);
    private readonly WebApplication application;
    private readonly HubStorage storage;

    private HubServer(WebApplication application, HubStorage storage, Uri url, string? signInCode)
    {
        (this.application, this.storage) = (application, storage);
        Url = url;
        SignInLink = signInCode is null ? null : url.Under(SignIn.PathOf(signInCode));
    }

    /// <summary>Where people and hosts find it.</summary>
    internal Uri Url { get; }

    /// <summary>Signs the administrator in for the first time; <see langword="null"/> once they have.</summary>
    internal Uri? SignInLink { get; }

    /// <summary>Whether it holds still, having gone back in time.</summary>
    internal bool IsQuarantined => application.Services.GetRequiredService<Quarantine>().IsOn;

    /// <summary>The parts, for tests.</summary>
    internal IServiceProvider Services => application.Services;

    /// <summary>Brings the database up to date and begins to listen.</summary>
    internal static async Task<HubServer> StartAsync(
        HubOptions options,
        TimeProvider time,
        CancellationToken cancellationToken,
        IHubPages? pages = null
    )
    {
        _ = Directory.CreateDirectory(options.DataDirectory);
        var storage = await HubStorage.HoldAsync(options, time, cancellationToken).ConfigureAwait(false);
        try
        {
            return await StartAsync(options, storage, time, pages, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await storage.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<HubServer> StartAsync(
        HubOptions options,
        HubStorage storage,
        TimeProvider time,
        IHubPages? pages,
        CancellationToken cancellationToken
    )
    {
        // Else a variable of the environment would have everybody's X-Forwarded-For believed.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = ["--ForwardedHeaders_Enabled=false"] }
        );
        Configure(builder.Logging);
        AddServices(builder.Services, options, time);
        pages?.AddServices(builder.Services);
        _ = builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Listen(
                options.Listen,
                listen =>
                    listen.UseHttps(https =>
                    {
                        https.ServerCertificate = ServerCertificate(
                            options,
                            kestrel.ApplicationServices.GetRequiredService<HubAuthority>()
                        );
                        // Hosts show theirs and are looked up by it; whoever shows none is asked for something else.
                        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                        https.ClientCertificateValidation = (_, _, _) => true;
                    })
            );
        });
        var application = builder.Build();
        try
        {
            Map(application, options, pages);
            var scope = application.Services.CreateAsyncScope();
            string? code;
            await using (scope.ConfigureAwait(false))
            {
                code = await ActivatorUtilities
                    .CreateInstance<FirstStart>(scope.ServiceProvider)
                    .RunAsync(cancellationToken)
                    .ConfigureAwait(false);
            }

            await application
                .Services.GetRequiredService<Quarantine>()
                .LoadAsync(cancellationToken)
                .ConfigureAwait(false);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            var url = options.Url ?? ListeningUrl(application, options.Listen);
            application.Services.GetRequiredService<HubAddress>().Url = url;
            return new(application, storage, url, code);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal Task StopAsync(CancellationToken cancellationToken) => application.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Connections end before what they use.
        await application.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
        await storage.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(ILoggingBuilder logging)
    {
        _ = logging.ClearProviders();
        _ = logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        // Standard output is for what scripts read: the address and the sign-in link.
        _ = logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace
        );
        _ = logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Godwit", LogLevel.Information);
        // A key ring whose keys stand in clear in their folder is what docs/hub.md says; EF logs what it is told to retry.
        _ = logging
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            .AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.None)
            .AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.None)
            // What a host calls logs its failures itself; a host that goes away in the middle is none.
            .AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None)
            .AddFilter(typeof(DigestHandler).FullName, LogLevel.Warning);
    }

    private static void AddServices(IServiceCollection services, HubOptions options, TimeProvider time)
    {
        _ = services.AddSingleton(options).AddSingleton(time);
        _ = services
            .AddDataProtection()
            .SetApplicationName("Godwit Hub")
            .PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(options.DataDirectory, "keys")));
        _ = services.AddDbContextFactory<HubDatabase>(database => HubStorage.Use(database, options));
        _ = services
            .AddSingleton<KeyRing>()
            .AddSingleton<NonceBook>()
            .AddSingleton<PasswordSignIn>()
            .AddSingleton(all => HubAuthority.Open(options.DataDirectory, all.GetRequiredService<KeyRing>(), time))
            .AddSingleton(all => new HubAddress
            {
                Authority = options.CertificateFile is null ? all.GetRequiredService<HubAuthority>().Fingerprint : "",
            })
            .AddSingleton<ConnectedHosts>()
            .AddSingleton<AvailableProjects>()
            .AddSingleton<LinkRevoker>()
            .AddSingleton<HostExchange>()
            .AddSingleton<Quarantine>()
            .AddSingleton<WorkBell>()
            .AddSingleton<AddressRules>()
            .AddSingleton<ClusterAddresses>()
            .AddSingleton<AtlasAccess>()
            .AddSingleton<AtlasBackups>()
            .AddSingleton<SelfManagedAccess>()
            .AddSingleton<ValidationBook>()
            .AddSingleton<MigrationChanges>()
            .AddSingleton<MigrationBook>()
            .AddHostedService<Overseer>()
            .AddHostedService<Janitor>()
            .AddSingleton<Outbox>()
            .AddSingleton<OutboundRule>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<MailSender>()
            .AddHostedService<Postman>()
            .AddScoped<PlanReader>()
            .AddScoped<Gate>()
            .AddSingleton<Desks>()
            .AddScoped<OrganizationDesk>()
            .AddScoped<PeopleDesk>()
            .AddScoped<ApiKeyDesk>()
            .AddScoped<ServiceAccountDesk>()
            .AddScoped<EventDesk>()
            .AddScoped<LinkDesk>()
            .AddScoped<ClusterDesk>()
            .AddScoped<TemporaryUserDesk>()
            .AddScoped<AtlasDesk>()
            .AddScoped<AccessListDesk>()
            .AddScoped<ValidationDesk>()
            .AddScoped<MigrationDesk>()
            .AddScoped<NotificationDesk>()
            .AddScoped<MetricsDesk>()
            .AddScoped<SupportDesk>()
            .AddScoped<DashboardDesk>()
            .AddSingleton<DashboardFiles>()
            .AddSingleton<HubLog>()
            .AddSingleton<ILoggerProvider>(all => all.GetRequiredService<HubLog>())
            .AddScoped<MigrationStarter>()
            .AddScoped<Reversals>()
            .AddScoped<Takeover>()
            .AddSingleton<HostInstances>()
            .AddSingleton<HostInventories>()
            .AddScoped<SourceSettings>()
            .AddScoped<HostJoiner>();
        _ = services
            .AddSignalR(signalR => signalR.MaximumReceiveMessageSize = ReportSize.MessageBytesMax)
            .AddJsonProtocol(json => json.PayloadSerializerOptions = ApiJson.Lenient);
        _ = services.AddRouting();
        AddAuthentication(services);
        ServiceAccounts.AddServices(services, time);
        OpenApi.AddServices(services);
    }

    private static void AddAuthentication(IServiceCollection services)
    {
        const string either = "session or digest";
        _ = services
            .AddAuthentication(either)
            .AddPolicyScheme(
                either,
                null,
                policy =>
                    policy.ForwardDefaultSelector = http =>
                        !http.Request.Headers.ContainsKey("Authorization") ? SignIn.SessionScheme
                        : IsBearer(http.Request) ? ServiceAccounts.Scheme
                        : DigestHandler.Scheme
            )
            .AddCookie(
                SignIn.SessionScheme,
                cookie =>
                {
                    cookie.Cookie.Name = "godwit-session";
                    // A link in a mail leads to its page; requests that change something are held to their origin besides.
                    cookie.Cookie.SameSite = SameSiteMode.Lax;
                    cookie.Cookie.SecurePolicy = CookieSecurePolicy.Always;
                    cookie.ExpireTimeSpan = SessionLifetime;
                    cookie.Events = new CookieAuthenticationEvents
                    {
                        OnRedirectToLogin = _ => throw Refusal.Unauthorized(),
                    };
                }
            )
            .AddScheme<AuthenticationSchemeOptions, DigestHandler>(DigestHandler.Scheme, null);
    }

    private static bool IsBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(ServiceAccounts.Prefix, StringComparison.OrdinalIgnoreCase);

    private static void Map(WebApplication application, HubOptions options, IHubPages? pages)
    {
        ForwardedAddresses.Use(application, options);
        if (options.Url is { AbsolutePath: { Length: > 1 } prefix })
        {
            _ = application.UsePathBase(prefix.TrimEnd('/'));
        }

        _ = application.UseMiddleware<RefusalMiddleware>();
        _ = application.UseRouting();
        _ = application.UseAuthentication();
        _ = application.UseMiddleware<RateLimit>();
        _ = application.UseMiddleware<SessionOrigin>();
        SignIn.Map(application);
        if (pages is null)
        {
            _ = application.MapGet("/", () => Results.Text($"Godwit Hub {HubVersion.Text}"));
            SignIn.MapPage(application);
        }
        else
        {
            pages.Map(application);
        }

        OrganizationEndpoints.Map(application);
        ApiKeyEndpoints.Map(application);
        LinkEndpoints.Map(application);
        HostEndpoints.Map(application);
        ClusterEndpoints.Map(application);
        AtlasEndpoints.Map(application);
        AccessListEndpoints.Map(application);
        ValidationEndpoints.Map(application);
        MigrationEndpoints.Map(application);
        MigrationActions.Map(application);
        EventEndpoints.Map(application);
        NotificationEndpoints.Map(application);
        SupportEndpoints.Map(application);
        DashboardEndpoints.Map(application);
        ServiceAccountEndpoints.Map(application);
        OpenApi.Map(application);
    }

    private static X509Certificate2 ServerCertificate(HubOptions options, HubAuthority authority) =>
        options.CertificateFile is { } file
            ? X509CertificateLoader.LoadPkcs12(
                X509Certificate2.CreateFromPemFile(file).Export(X509ContentType.Pkcs12),
                null
            )
            : authority.IssueServer([
                "localhost",
                "127.0.0.1",
                "::1",
                Dns.GetHostName(),
                .. options.HostNames,
                .. options.Url is { } url ? [url.IdnHost] : Array.Empty<string>(),
            ]);

    private static Uri ListeningUrl(WebApplication application, IPEndPoint listen)
    {
        var address = application
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        var port = new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal)).Port;
        var isAny = listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any);
        var host = isAny ? Dns.GetHostName() : listen.Address.ToString();
        return new UriBuilder("https", host, port).Uri;
    }
}
