using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Agent.Identity;
using Godwit.Cluster;
using Godwit.Cluster.Leading;
using Godwit.Contracts.Agents;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.Agent.Sharing;

/// <summary>
/// This host among those that share migrations: joins them, and again whenever they have thrown it out, or could not be found. Migrations that
/// run do not depend on it.
/// </summary>
internal sealed partial class SharingNode(
    SharingChoice choice,
    HubLink link,
    HostKeys keys,
    Peers peers,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string Remedy =
        "Check the place and the address that this host shares migrations by (godwit agent share), and that the other hosts may connect to it.";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);
    private readonly ILogger logger = loggers.CreateLogger<SharingNode>();
    private readonly LeadSeats seats = new();
    private volatile HubLink link = link;
    private volatile TaskCompletionSource<ClusterSetUpException?>? leaving;
    private volatile HostNode? node;
    private volatile string? fault = "this host has not found the others yet";

    /// <summary>What this host says of itself to the others.</summary>
    internal HostIdentity Self { get; } = new(Guid.NewGuid(), link.HostName, HostFacts.Version);

    internal SharingChoice Choice => choice;

    /// <summary>Why it is not among the others; <see langword="null"/> if it is.</summary>
    internal string? Fault => fault;

    /// <summary>The way to the others.</summary>
    /// <exception cref="InvalidOperationException">There is none just now.</exception>
    internal IGrainFactory Grains =>
        (node ?? throw new InvalidOperationException("this host is not among the others just now")).Grains;

    /// <summary>Whether a certificate is good for other hosts: Hubs before this version have issued such that are not.</summary>
    internal static bool CanShow(X509Certificate2 certificate) =>
        certificate
            .Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .All(one => one.EnhancedKeyUsages.Cast<Oid>().Any(usage => usage.Value == ServerAuthentication));

    /// <summary>Leads a migration from now on, with the help of others.</summary>
    internal OpenLead Lead(string migration) => new(seats, Self, () => Grains, migration, time);

    /// <summary>Answers for Orleans' dashboard.</summary>
    internal async Task<DashboardAnswer> AnswerAsync(DashboardQuestion question, CancellationToken cancellationToken)
    {
        if (!question.IsAllowed)
        {
            return new(StatusCodes.Status404NotFound, "this host does not tell that");
        }

        if (node?.Dashboard is not { } dashboard)
        {
            return new(StatusCodes.Status503ServiceUnavailable, fault ?? "this host is not among the others just now");
        }

        try
        {
            var path = question.Of.Length == 0 ? question.Figures : $"{question.Figures}/{question.Of}";
            var (status, text) = await dashboard
                .AskAsync(path, question.Query, cancellationToken)
                .ConfigureAwait(false);
            return new(status, text);
        }
        catch (Exception away) when (HostMember.IsAway(away))
        {
            return new(StatusCodes.Status503ServiceUnavailable, "the hosts do not answer each other just now");
        }
    }

    /// <summary>Shows a new certificate from now on.</summary>
    internal void Renew(HubLink renewed)
    {
        if (renewed.Certificate != link.Certificate)
        {
            link = renewed;
            _ = leaving?.TrySetResult(null);
        }
    }

    /// <summary>Stays among the others until it is cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await StayAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ClusterSetUpException wrong)
            {
                LogOut(logger, choice.Shown, wrong.Message);
                fault = $"{wrong.Message} {Remedy}";
            }
            catch (Exception unforeseen) when (!cancellationToken.IsCancellationRequested)
            {
                LogOut(logger, choice.Shown, unforeseen.Message);
                fault = $"{unforeseen.GetType().Name}: {unforeseen.Message}";
            }

            await Task.Delay(RetryAfter, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StayAsync(CancellationToken cancellationToken)
    {
        if (!peers.AreKnown)
        {
            fault = "the Hub has not named the other hosts yet";
            return;
        }

        using var own = HubTrust.Credential(link.Certificate, keys.Identity);
        var leave = new TaskCompletionSource<ClusterSetUpException?>(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        leaving = leave;
        var joined = await HostNode
            .JoinAsync(
                Membership.Parse(choice.Place),
                $"godwit-{link.OrganizationId}",
                choice.Endpoint,
                new(own, peers.Contain),
                seats,
                wrong => leave.TrySetResult(wrong),
                time,
                cancellationToken,
                Self.Name
            )
            .ConfigureAwait(false);
        await using (joined.ConfigureAwait(false))
        {
            (node, fault) = (joined, null);
            try
            {
                if (await leave.Task.WaitAsync(cancellationToken).ConfigureAwait(false) is { } thrownOut)
                {
                    throw thrownOut;
                }
            }
            finally
            {
                node = null;
            }
        }
    }

    [LoggerMessage(231, LogLevel.Warning, "Not among the hosts that find each other at {Place}: {Reason}")]
    private static partial void LogOut(ILogger logger, string place, string reason);
}
