using System.Security.Cryptography;
using System.Text;
using Godwit.Cluster;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Cli.Verbs;

/// <summary>
/// This process's part in a migration that several hosts share: it moves and compares ranges for the host that leads, and leads itself when that one is
/// gone.
/// </summary>
internal sealed class SharedRun(HostsChoice hosts, string migrationName, TimeProvider time)
{
    private const string Group = "godwit";
    private static readonly TimeSpan TellingMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Takes part until the migration ends, or this host leaves.</summary>
    /// <param name="settings">What is migrated, and how: the same on all hosts.</param>
    /// <param name="clusters">Both ends.</param>
    /// <param name="interruption">Makes it leave.</param>
    /// <param name="lead">Runs the migration, if it comes to that; says its exit code, and what people were told.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    internal async Task<int> RunAsync(
        MigrationSettings settings,
        ClusterPair clusters,
        Interruption interruption,
        Func<MigrationSettings, CancellationToken, Task<(int ExitCode, string Text)>> lead
    )
    {
        var self = new HostIdentity(
            Guid.NewGuid(),
            hosts.Name,
            typeof(SharedRun).Assembly.GetName().Version?.ToString() ?? ""
        );
        var told = Hash(Describe(settings));
        var seats = new LeadSeats();
        var hasJoined = false;
        try
        {
            var certificate = hosts is { CertificateFile: { } own, AuthorityFile: { } authority }
                ? HostCertificate.Read(own, authority)
                : null;
            var node = await HostNode
                .JoinAsync(
                    hosts.Membership,
                    Group,
                    hosts.Endpoint,
                    certificate,
                    seats,
                    wrong => Environment.Exit(Say(wrong, hasJoined ? ExitCodes.Stopped : ExitCodes.Refused)),
                    time,
                    interruption.Graceful
                )
                .ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                hasJoined = true;
                var migration = Hash($"{settings.DestinationAddress}\n{migrationName}");
                var member = new HostMember(
                    self,
                    () => node.Grains,
                    seats.Open(migration, () => new(self, told, new(time), new(time), new(time), time)),
                    migration,
                    told,
                    settings.Scope.Narrow(clusters.Source),
                    settings.Scope.Rename(clusters.Destination),
                    time
                );
                while (true)
                {
                    var following = member.FollowAsync(hosts.AtOnce, interruption.Graceful);
                    await WatchAsync(member, following).ConfigureAwait(false);
                    var (leadership, end) = await following.ConfigureAwait(false);
                    var exitCode = leadership is null
                        ? await EndAsync(end!).ConfigureAwait(false)
                        : await LeadAsync(leadership, member, settings, interruption, lead).ConfigureAwait(false);
                    if (exitCode is { } code)
                    {
                        return code;
                    }
                }
            }
        }
        catch (ClusterSetUpException wrong)
        {
            return Say(wrong, ExitCodes.Refused);
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            await Console
                .Error.WriteLineAsync("This host has left; the others go on. Run the same command again to come back.")
                .ConfigureAwait(false);
            return ExitCodes.Interrupted;
        }
    }

    /// <returns>The exit code; <see langword="null"/> if another host leads now.</returns>
    private async Task<int?> LeadAsync(
        Lead leadership,
        HostMember member,
        MigrationSettings settings,
        Interruption interruption,
        Func<MigrationSettings, CancellationToken, Task<(int ExitCode, string Text)>> lead
    )
    {
        await Console.Error.WriteLineAsync($"{hosts.Name} leads this migration.").ConfigureAwait(false);
        using var over = new CancellationTokenSource();
        var watching = member.WatchOthersAsync(leadership, over.Token);
        try
        {
            var shared = settings with
            {
                Copiers = hosts.AtOnce,
                Hosts = leadership.Board,
                ChangeHosts = leadership.Changes,
            };
            var (exitCode, text) = await lead(shared, leadership.Lost).ConfigureAwait(false);
            if (interruption.Graceful.IsCancellationRequested)
            {
                return exitCode;
            }

            if (leadership.Lost.IsCancellationRequested)
            {
                await Console
                    .Error.WriteLineAsync($"{hosts.Name} does not lead this migration any more.")
                    .ConfigureAwait(false);
                return null;
            }

            await leadership.TellAsync(new(exitCode, text), TellingMax).ConfigureAwait(false);
            return exitCode;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
            member.Leave(leadership);
        }
    }

    /// <summary>Says whom it works for, each time that is another one.</summary>
    private async Task WatchAsync(HostMember member, Task following)
    {
        var known = "";
        while (!following.IsCompleted)
        {
            if (member.Leader != known)
            {
                known = member.Leader;
                await Console.Error.WriteLineAsync($"{hosts.Name} works for {known}.").ConfigureAwait(false);
            }

            _ = await Task.WhenAny(following, Task.Delay(LookEvery, time, CancellationToken.None))
                .ConfigureAwait(false);
        }

        if (member.Moved > 0 || member.Compared > 0 || member.Written > 0)
        {
            await Console
                .Error.WriteLineAsync(
                    $"{hosts.Name} has moved {member.Moved} documents, compared {member.Compared}, and written {member.Written} changes."
                )
                .ConfigureAwait(false);
        }
    }

    private static int Say(ClusterSetUpException wrong, int exitCode)
    {
        Console.Error.WriteLine($"godwit: {SecretText.OfText(wrong.Message)}");
        Console.Error.WriteLine($"→ {wrong.Remedy}");
        return exitCode;
    }

    private static async Task<int?> EndAsync(MigrationEnd end)
    {
        await Console.Error.WriteLineAsync(end.Text).ConfigureAwait(false);
        return end.ExitCode;
    }

    /// <summary>What has to be the same on all hosts, in one line; without secrets.</summary>
    private static string Describe(MigrationSettings settings) =>
        string.Join(
            '\n',
            settings.SourceAddress,
            settings.DestinationAddress,
            settings.Scope.Text,
            settings.Scope.Documents.Digest,
            settings.CutoverAutomatic,
            settings.BlockSourceWrites,
            settings.CarryZones,
            settings.IsReversible,
            settings.Indexes
        );

    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
