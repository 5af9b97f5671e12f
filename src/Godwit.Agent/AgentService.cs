using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Godwit.Agent.Connection;
using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Agent.Sharing;
using Godwit.Contracts.Agents;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;

namespace Godwit.Agent;

/// <summary>
/// The agent: keeps its connection, tells the Hub what it knows and makes its orders so, and goes on with what it has while the Hub is
/// away.
/// </summary>
internal sealed partial class AgentService(
    AgentFolder folder,
    TimeProvider time,
    ILoggerFactory loggers,
    Action<string> say
)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ExchangeWhenBusy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExchangeWhenIdle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TellMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LettingGo = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(10);
    private readonly ILogger logger = loggers.CreateLogger<AgentService>();
    private readonly string instance = Guid.NewGuid().ToString();

    /// <summary>Runs until it is stopped, or the link was deleted.</summary>
    /// <exception cref="AgentException">It is not linked, or the Hub does not let it in any more.</exception>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var link =
            folder.Read<HubLink>(HubLink.File)
            ?? throw new AgentException(
                "NOT_LINKED",
                "This host is not linked to a Hub.",
                "Ask for a link-token on the destination side, then: godwit agent link"
            );
        using var keys = HostKeys.Open(folder);
        using var bell = new Bell(time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var peers = new Peers(folder);
        var sharing = SharingChoice.Read(folder) is { } choice
            ? new SharingNode(choice, link, keys, peers, time, loggers)
            : null;
        var bench = new Workbench(folder, link, keys, sharing, time, loggers, bell.Ring, stopping.Token);
        var watch = new InventoryWatch(new(folder), new(folder), link.ProjectId, time, bell.Ring);
        bench.Restore();
        var watching = Task.WhenAll(
            watch.RunAsync(stopping.Token),
            sharing?.RunAsync(stopping.Token) ?? Task.CompletedTask
        );
        try
        {
            await StayConnectedAsync(link, keys, bell, bench, watch, peers, sharing, stopping.Token)
                .ConfigureAwait(false);
        }
        catch (AgentException refused) when (refused.Code == AgentException.Revoked)
        {
            say("The link of this host was deleted: migrations stop at a checkpoint, and the source is let go.");
            await bench.LetGoAsync(LettingGo).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await bench.WhenStoppedAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StayConnectedAsync(
        HubLink link,
        HostKeys keys,
        Bell bell,
        Workbench bench,
        InventoryWatch watch,
        Peers peers,
        SharingNode? sharing,
        CancellationToken cancellationToken
    )
    {
        for (var failures = 0; ; )
        {
            try
            {
                link = await RenewAsync(link, keys, sharing, cancellationToken).ConfigureAwait(false);
                sharing?.Renew(link);
                using var credential = HubTrust.Credential(link.Certificate, keys.Identity);
                var connection = await HubConnector
                    .OpenAsync(link, credential, bell.Ring, question => TellAsync(sharing, question), cancellationToken)
                    .ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    failures = 0;
                    say($"Connected to {link.Hub} as {link.HostName}");
                    await ExchangeAsync(connection, link, keys, bell, bench, watch, peers, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
            catch (Exception away) when (IsAway(away) && !cancellationToken.IsCancellationRequested)
            {
                if (failures == 0)
                {
                    say(Describe(away));
                }

                LogAway(logger, away);
            }

            failures++;
            await Task.Delay(Wait(failures), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ExchangeAsync(
        HubConnection connection,
        HubLink link,
        HostKeys keys,
        Bell bell,
        Workbench bench,
        InventoryWatch watch,
        Peers peers,
        CancellationToken cancellationToken
    )
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var report = new AgentReport(
                instance,
                HostFacts.Take(folder, keys, link.HostName, bench.Sharing, bench.Limits),
                watch.Current,
                bench.Validations,
                [.. bench.Migrations.Select(ReportSize.Pack)]
            );
            var orders = await connection
                .InvokeAsync<AgentOrders>(AgentRoutes.Exchange, report, cancellationToken)
                .ConfigureAwait(false);
            if (isFirst)
            {
                new Arrival(HostFacts.Version, instance, time.GetUtcNow()).Keep(folder);
            }

            watch.WithoutStatistics = orders.WithoutStatistics;
            peers.Learn(orders.Peers ?? []);
            bench.Apply(orders);
            await bell.WaitAsync(bench.IsBusy ? ExchangeWhenBusy : ExchangeWhenIdle, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private async Task<HubLink> RenewAsync(
        HubLink link,
        HostKeys keys,
        SharingNode? sharing,
        CancellationToken cancellationToken
    )
    {
        using var certificate = X509Certificate2.CreateFromPem(link.Certificate);
        if (
            certificate.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime > RenewBefore
            && (sharing is null || SharingNode.CanShow(certificate))
        )
        {
            return link;
        }

        using var credential = HubTrust.Credential(link.Certificate, keys.Identity);
        using var calls = new HubCalls(link.Hub, link.Authority, credential);
        var answer = await calls.RenewAsync(new(keys.CertificateRequest()), cancellationToken).ConfigureAwait(false);
        var renewed = link with { Certificate = answer.Certificate };
        folder.Write(HubLink.File, renewed);
        return renewed;
    }

    private async Task<DashboardAnswer> TellAsync(SharingNode? sharing, DashboardQuestion question)
    {
        if (sharing is null)
        {
            return new(StatusCodes.Status409Conflict, "this host does not share migrations with others");
        }

        // While it answers, the Hub's other calls wait.
        using var limit = new CancellationTokenSource(TellMax, time);
        return await sharing.AnswerAsync(question, limit.Token).ConfigureAwait(false);
    }

    private static string Describe(Exception away)
    {
        var refusal = away.Message.IndexOf(VersionSkew.Code, StringComparison.Ordinal);
        return refusal >= 0
            ? $"The Hub takes no reports of this host and gives it no orders; running migrations go on. {away.Message[refusal..]}"
            : $"The Hub is away ({HubTrust.Reason(away)}); running migrations go on.";
    }

    private static bool IsAway(Exception cause) =>
        cause
            is HttpRequestException
                or IOException
                or WebSocketException
                or HubException
                or TimeoutException
                or InvalidOperationException { InnerException: null }
                or OperationCanceledException;

    private static TimeSpan Wait(int failures)
    {
        var doubled = FirstWait * Math.Pow(2, Math.Min(failures - 1, 10));
        var bounded = doubled < LongestWait ? doubled : LongestWait;
        return bounded * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    [LoggerMessage(211, LogLevel.Debug, "The Hub is away")]
    private static partial void LogAway(ILogger logger, Exception cause);
}
