using System.Runtime;
using Godwit.Cluster.Leading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Runtime.MembershipService;
using StackExchange.Redis;

namespace Godwit.Cluster;

/// <summary>This process among the hosts: a silo of Orleans, which finds the others, notices who is gone and carries calls.</summary>
internal sealed class HostNode : IAsyncDisposable
{
    private readonly IHost host;

    private HostNode(IHost host, bool hasDashboard) =>
        (this.host, Dashboard) = (host, hasDashboard ? new(host.Services) : null);

    /// <summary>Orleans' dashboard of all the hosts; <see langword="null"/> if it was not asked for.</summary>
    internal HostDashboard? Dashboard { get; }

    internal IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Joins the hosts.</summary>
    /// <param name="membership">Where they find each other.</param>
    /// <param name="group">Which of all hosts there: others are not seen.</param>
    /// <param name="endpoint">How the others reach this host.</param>
    /// <param name="certificate">What it encrypts with; <see langword="null"/> for nothing.</param>
    /// <param name="seats">What it is willing to lead.</param>
    /// <param name="deposed">Called when the others have declared this host dead: it has to be disposed of, and changes nothing any more.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="shownAs">What Orleans' dashboard calls this host; <see langword="null"/> for none: it costs a little each second.</param>
    /// <exception cref="ClusterSetUpException">The place where hosts find each other cannot be used.</exception>
    internal static async Task<HostNode> JoinAsync(
        Membership membership,
        string group,
        HostEndpoint endpoint,
        HostCertificate? certificate,
        LeadSeats seats,
        Action<ClusterSetUpException> deposed,
        TimeProvider time,
        CancellationToken cancellationToken,
        string? shownAs = null
    )
    {
        // To collect beside the program's own work takes a sixth of a leader's processor time for pauses that nobody notices here.
        GCSettings.LatencyMode = GCLatencyMode.Batch;
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        var deposition = new Deposition(deposed);
        var own = endpoint.Settle();
        builder.Services.AddSingleton(time).AddSingleton(seats);
        builder.UseOrleans(silo =>
        {
            Configure(silo, membership, group, own, certificate);
            if (shownAs is not null)
            {
                HostDashboard.AddTo(silo, shownAs);
            }
        });
        // After Orleans' own, so that this one counts.
        builder.Services.AddSingleton<IFatalErrorHandler>(deposition);
        var host = builder.Build();
        try
        {
            if (membership.Kind == MembershipKind.Postgres)
            {
                await PostgresTables.MakeAsync(membership.Address, cancellationToken).ConfigureAwait(false);
            }

            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            deposition.HasJoined = true;
            return new(host, hasDashboard: shownAs is not null);
        }
        catch (OrleansClusterConnectivityCheckFailedException alone)
        {
            await StopAsync(host).ConfigureAwait(false);
            throw Deposition.NotLetIn(alone);
        }
        catch (Exception refused) when (refused is not OperationCanceledException)
        {
            await StopAsync(host).ConfigureAwait(false);
            throw new ClusterSetUpException(
                $"The place where hosts find each other cannot be used: {refused.GetBaseException().Message}",
                "Check --cluster: the server has to run and let this host in.",
                refused
            );
        }
    }

    public ValueTask DisposeAsync() => new(StopAsync(host));

    private static async Task StopAsync(IHost host)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await host.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        host.Dispose();
    }

    private static void Configure(
        ISiloBuilder silo,
        Membership membership,
        string group,
        HostEndpoint endpoint,
        HostCertificate? certificate
    )
    {
        if (certificate is not null)
        {
            _ = silo.UseTls(options =>
            {
                options.LocalCertificate = certificate.Own;
                options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
                options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
                options.RemoteCertificateValidation = (theirs, _, _) => certificate.IsTrusted(theirs);
                options.OnAuthenticateAsClient = (_, client) => client.TargetHost = group;
            });
        }

        // Orleans' other directory forgets grains when a host goes, and may make a second of one when a host comes: the leader would be
        // replaced for nothing.
        _ = silo.AddDistributedGrainDirectory();
        _ = silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (group, group));
        _ = silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = endpoint.Reached.Address;
            options.SiloPort = endpoint.Reached.Port;
            options.SiloListeningEndpoint = endpoint.Listens;
            options.GatewayPort = 0;
        });
        // Two hosts have to do: one vote declares the other dead, after three unanswered questions. A busy machine answers within two seconds.
        _ = silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 3;
            options.NumVotesForDeathDeclaration = 1;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            // Who has not said for so long that it is alive need not be reached by one that comes: nobody may be left to declare it dead.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            options.NumMissedTableIAmAliveLimit = 3;
            options.MaxJoinAttemptTime = TimeSpan.FromMinutes(1);
        });
        _ = membership.Kind switch
        {
            MembershipKind.Redis => silo.UseRedisClustering(options =>
                options.ConfigurationOptions = ConfigurationOptions.Parse(membership.Address)
            ),
            MembershipKind.Postgres => silo.UseAdoNetClustering(options =>
                (options.Invariant, options.ConnectionString) = ("Npgsql", membership.Address)
            ),
        };
    }
}
