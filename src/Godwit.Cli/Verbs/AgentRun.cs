using Godwit.Agent;
using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Agent.Local;
using Godwit.Agent.Migrations;
using Godwit.Agent.Sharing;
using Godwit.Engine.Mongo.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;

namespace Godwit.Cli.Verbs;

/// <summary>What the verbs of <c>godwit agent</c> do.</summary>
internal static class AgentRun
{
    internal static Task<int> RunAsync(string folder) =>
        GuardAsync(async () =>
        {
            using var interruption = new Interruption();
            using var loggers = LoggerFactory.Create(logging =>
                logging
                    .SetMinimumLevel(LogLevel.Warning)
                    .AddFilter("Godwit", LogLevel.Information)
                    .AddSimpleConsole(console => console.SingleLine = true)
                    .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console =>
                        console.LogToStandardErrorThreshold = LogLevel.Trace
                    )
            );
            var service = new AgentService(new(folder), TimeProvider.System, loggers, Say);
            try
            {
                await service.RunAsync(interruption.Graceful).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
            {
                Say("Stopped; migrations go on when the agent is started again.");
            }

            return ExitCodes.Success;
        });

    internal static Task<int> LinkAsync(
        string folder,
        string? token,
        string? file,
        string? name,
        bool isApproved,
        CancellationToken cancellationToken
    ) =>
        GuardAsync(async () =>
        {
            var text =
                token
                ?? (file is null ? null : await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false))
                ?? await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false)
                ?? "";
            var link = await new Linker(new(folder), name).LinkAsync(text, cancellationToken).ConfigureAwait(false);
            Say($"Linked to {link.DestinationOrganizationName} at {link.Hub} as {link.HostName}.");
            if (isApproved)
            {
                new Approvals(new(folder)).AllowAll();
            }
            else if (!new Approvals(new(folder)).Allows(link.DestinationOrganizationId))
            {
                Say("Migrations wait until somebody here agrees to them: godwit agent approve");
            }

            Say("Next: godwit agent clusters add NAME, then: godwit agent run");
            return ExitCodes.Success;
        });

    internal static Task<int> ServePageAsync(string folder, int port, string? name) =>
        GuardAsync(async () =>
        {
            using var interruption = new Interruption();
            LocalPage page;
            try
            {
                page = await LocalPage.StartAsync(new(folder), name, port, interruption.Graceful).ConfigureAwait(false);
            }
            catch (IOException taken)
            {
                throw new AgentException("PORT_TAKEN", $"Port {port} cannot be used: {taken.Message}", "--port");
            }

            await using (page.ConfigureAwait(false))
            {
                Say($"Open once, in a browser on this machine: {page.Link}");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, interruption.Graceful)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return ExitCodes.Success;
        });

    internal static Task<int> ApproveAsync(string folder) =>
        GuardAsync(() =>
        {
            var link = Linked(folder);
            new Approvals(new(folder)).Allow(link.DestinationOrganizationId);
            Say($"Migrations to {link.DestinationOrganizationName} at {link.Hub} are approved.");
            return Task.FromResult(ExitCodes.Success);
        });

    internal static Task<int> InviteAsync(string folder, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            Say(await AskHubAsync(folder, (calls, _) => calls.InviteAsync(cancellationToken)).ConfigureAwait(false));
            await Console
                .Error.WriteLineAsync("On the other host, within an hour: godwit agent link")
                .ConfigureAwait(false);
            return ExitCodes.Success;
        });

    internal static Task<int> SetStatisticsAsync(
        string folder,
        string? projectId,
        bool collects,
        CancellationToken cancellationToken
    ) =>
        GuardAsync(async () =>
        {
            var now = await AskHubAsync(
                    folder,
                    (calls, link) =>
                        calls.SetStatisticsAsync(new(projectId ?? link.ProjectId, collects), cancellationToken)
                )
                .ConfigureAwait(false);
            Say(
                now.Collects
                    ? $"Sizes of databases are asked for in project {now.ProjectId}."
                    : $"Sizes of databases are not asked for in project {now.ProjectId} any more; no migration begins there before they are."
            );
            return ExitCodes.Success;
        });

    /// <summary>Whether the Hub lets this host in (M-010); a script goes by the exit code.</summary>
    internal static Task<int> StatusAsync(string folder, CancellationToken cancellationToken) =>
        GuardAsync(async () =>
        {
            try
            {
                var said = await AskHubAsync(
                        folder,
                        async (calls, link) =>
                        {
                            await calls.CheckAsync(cancellationToken).ConfigureAwait(false);
                            return $"SYNCED: {link.HostName} is linked to {link.DestinationOrganizationName} at {link.Hub}.";
                        }
                    )
                    .ConfigureAwait(false);
                Say(said);
                return ExitCodes.Success;
            }
            catch (AgentException)
            {
                Say("NOT_SYNCED");
                throw;
            }
        });

    /// <summary>Asks the Hub for something as this host, beside the running agent.</summary>
    internal static async Task<TAnswer> AskHubAsync<TAnswer>(string folder, Func<HubCalls, HubLink, Task<TAnswer>> ask)
    {
        var link = Linked(folder);
        using var keys = HostKeys.Open(new(folder));
        using var credential = HubTrust.Credential(link.Certificate, keys.Identity);
        using var calls = new HubCalls(link.Hub, link.Authority, credential);
        try
        {
            return await ask(calls, link).ConfigureAwait(false);
        }
        catch (HttpRequestException away)
        {
            throw new AgentException("HUB_UNREACHABLE", $"The Hub at {link.Hub} is away: {HubTrust.Reason(away)}");
        }
    }

    internal static Task<int> ShareAsync(
        string folder,
        string? place,
        string? address,
        string? listens,
        int ranges,
        CancellationToken cancellationToken
    ) =>
        GuardAsync(async () =>
        {
            var text = place ?? await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? "";
            var choice = new SharingChoice(text, address, ranges, listens);
            choice.Keep(new(folder));
            Say($"Migrations are shared with the hosts that meet at {choice.Shown}, once the agent is started anew.");
            return ExitCodes.Success;
        });

    internal static Task<int> ShareNoneAsync(string folder) =>
        GuardAsync(() =>
        {
            SharingChoice.Forget(new(folder));
            Say("No migrations are shared with other hosts, once the agent is started anew.");
            return Task.FromResult(ExitCodes.Success);
        });

    private static HubLink Linked(string folder) =>
        new AgentFolder(folder).Read<HubLink>(HubLink.File)
        ?? throw new AgentException("NOT_LINKED", "This host is not linked to a Hub.", "godwit agent link");

    internal static Task<int> UnlinkAsync(string folder) =>
        GuardAsync(() =>
        {
            var files = new AgentFolder(folder);
            var wasLinked = files.Has(HubLink.File);
            files.Delete(HubLink.File);
            Say(wasLinked ? "The link is forgotten here." : "This host was not linked.");
            return Task.FromResult(ExitCodes.Success);
        });

    internal static Task<int> AddClusterAsync(
        string folder,
        string name,
        string? address,
        bool isManaged,
        CancellationToken cancellationToken
    ) =>
        GuardAsync(async () =>
        {
            var text = address ?? await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? "";
            try
            {
                _ = MongoAddress.Parse(text);
            }
            catch (MongoConfigurationException malformed)
            {
                throw new AgentException("CONNECTION_STRING", SecretText.OfText(malformed.Message));
            }

            new InventoryFile(new(folder)).Put(new(name, text, isManaged));
            Say($"Added {name}: {SecretText.OfAddress(text)}");
            return ExitCodes.Success;
        });

    internal static Task<int> RemoveClusterAsync(string folder, string name) =>
        GuardAsync(() =>
            new MigrationFile(new(folder))
                .ReadAll()
                .FirstOrDefault(one => one.End is null && one.Order.Source.ClusterName == name)
                is { } user
                ? throw new AgentException(
                    "CLUSTER_IN_USE",
                    $"Migration {user.Order.Id} is using {name}.",
                    "Cancel it first, or wait until it has ended."
                )
            : new InventoryFile(new(folder)).Remove(name) ? Task.FromResult(ExitCodes.Success)
            : throw new AgentException("CLUSTER_UNKNOWN", $"There is no cluster {name}.")
        );

    internal static Task<int> ListClustersAsync(string folder) =>
        GuardAsync(() =>
        {
            foreach (var one in new InventoryFile(new(folder)).Read())
            {
                Say(
                    $"{one.Name}\t{SecretText.OfAddress(one.ConnectionString)}\t{(one.IsManaged ? "managed" : "monitored only")}"
                );
            }

            return Task.FromResult(ExitCodes.Success);
        });

    internal static async Task<int> GuardAsync(Func<Task<int>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (AgentException wrong)
        {
            await Console.Error.WriteLineAsync($"godwit: {wrong.Code}: {wrong.Message}").ConfigureAwait(false);
            if (wrong.Remedy.Length > 0)
            {
                await Console.Error.WriteLineAsync($"→ {wrong.Remedy}").ConfigureAwait(false);
            }

            return ExitCodes.Stopped;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"godwit: {refused.Message}").ConfigureAwait(false);
            return ExitCodes.Stopped;
        }
    }

    private static void Say(string text) => Console.Out.WriteLine(text);
}
