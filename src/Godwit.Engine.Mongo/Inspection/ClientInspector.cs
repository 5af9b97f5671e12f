using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Preflight;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>What an application needs of its new cluster.</summary>
/// <param name="Address">Its connection string.</param>
/// <param name="Database">The database that it reads and writes; <see langword="null"/> for the one in the connection string.</param>
/// <param name="Versions">Versions that its driver is good for, such as 8.0; none for any.</param>
/// <param name="Latency">How long an answer may take.</param>
internal sealed record ClientNeeds(string Address, string? Database, IReadOnlyList<string> Versions, TimeSpan Latency);

/// <summary>
/// Tries a cluster as an application on this machine would (P20): names, ways, encryption, user, rights, time. It reads only: a destination
/// that is being migrated to is not to be written to by anybody else.
/// </summary>
internal static class ClientInspector
{
    private const string Side = "destination";
    private const int Pings = 15;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly string[] Written = ["insert", "update", "remove"];

    internal static async Task<IReadOnlyList<Finding>> InspectAsync(
        ClientNeeds needs,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var shown = SecretText.OfAddress(needs.Address);
        MongoClientSettings settings;
        try
        {
            settings = MongoAddress.Parse(needs.Address).DriverSettings.Clone();
        }
        catch (MongoConfigurationException malformed)
        {
            var isFile =
                malformed.InnerException is IOException or CryptographicException or UnauthorizedAccessException;
            return
            [
                Unusable(
                    shown,
                    new(
                        isFile ? ConnectionFaultKind.CertificateFile : ConnectionFaultKind.MalformedAddress,
                        malformed.Message
                    )
                ),
            ];
        }

        settings.ServerSelectionTimeout = ConnectTimeout;
        settings.ConnectTimeout = ConnectTimeout;
        settings.ApplicationName = "godwit check-client";
        var names = await NamesAsync(settings, cancellationToken).ConfigureAwait(false);
        if (names.State == FindingState.Failed)
        {
            return [names];
        }

        using var client = new MongoClient(settings);
        try
        {
            return [names, .. await InspectAsync(client, needs, shown, time, cancellationToken).ConfigureAwait(false)];
        }
        catch (Exception exception) when (ConnectionFaults.Translate(exception, client) is { } fault)
        {
            return [names, Unusable(shown, fault)];
        }
    }

    private static Finding Unusable(string shown, ConnectionFault fault) =>
        ConnectionChecks.Check(new() { Address = shown, Fault = fault }, Side);

    /// <summary>Whether the names of the connection string can be looked up here. The driver follows those of mongodb+srv itself.</summary>
    private static async Task<Finding> NamesAsync(MongoClientSettings settings, CancellationToken cancellationToken)
    {
        const string id = "names";
        var unknown = new List<string>();
        var hosts = settings.Servers.Select(one => one.Host).Distinct().ToList();
        if (settings.Scheme == MongoDB.Driver.Core.Configuration.ConnectionStringScheme.MongoDBPlusSrv)
        {
            return Finding.Passed(id, $"{string.Join(", ", hosts)} is looked up by the driver (mongodb+srv).");
        }

        foreach (var host in hosts.Where(one => !IPAddress.TryParse(one, out _)))
        {
            try
            {
                _ = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                unknown.Add(host);
            }
        }

        return unknown.Count == 0
                ? Finding.Passed(id, $"Every name of the connection string is known here: {string.Join(", ", hosts)}.")
            : unknown.Count == hosts.Count
                ? Finding.Failed(
                    id,
                    $"No name of the connection string is known on this machine: {string.Join(", ", unknown)}.",
                    "Check their spelling, and the DNS settings of this machine."
                )
            : Finding.Warning(
                id,
                $"Names of the connection string are not known on this machine: {string.Join(", ", unknown)}.",
                "Check their spelling, and the DNS settings of this machine: the application finds the cluster by the others only."
            );
    }

    private static async Task<IReadOnlyList<Finding>> InspectAsync(
        MongoClient client,
        ClientNeeds needs,
        string shown,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var commands = new CommandRunner(client);
        var hello = await commands.RunAsync("admin", new("hello", 1), cancellationToken).ConfigureAwait(false);
        var build = await commands.RunAsync("admin", new("buildInfo", 1), cancellationToken).ConfigureAwait(false);
        var facts = await new AccessInspector(commands)
            .AddAsync(
                new()
                {
                    Address = shown,
                    IsEncrypted = client.Settings.UseTls,
                    IsLocal = client.Settings.Servers.All(one => IsLoopback(one.Host)),
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return
        [
            ConnectionChecks.Check(facts, Side),
            ConnectionChecks.Encryption(facts, Side),
            Topology(hello, client.Settings),
            await MembersAsync(hello, client.Settings, cancellationToken).ConfigureAwait(false),
            Version(build["version"].AsString, needs.Versions),
            facts.User is { } user ? Finding.Passed("user", $"{user} is signed in.")
            : facts.IsAuthorizationEnabled
                ? Finding.Failed(
                    "user",
                    "The cluster asks for a user, and the connection string names none.",
                    "Add the application's user: mongodb://user:password@…"
                )
            : Finding.Passed("user", "The cluster asks for no user."),
            .. await RightsAsync(commands, facts, DatabaseOf(needs), cancellationToken).ConfigureAwait(false),
            await LatencyAsync(commands, needs.Latency, time, cancellationToken).ConfigureAwait(false),
        ];
    }

    private static string? DatabaseOf(ClientNeeds needs) =>
        needs.Database ?? MongoUrl.Create(needs.Address.Split('?')[0]).DatabaseName;

    /// <summary>What the driver sees, and what of the connection string would hurt at the next election.</summary>
    private static Finding Topology(BsonDocument hello, MongoClientSettings settings)
    {
        const string id = "topology";
        var isRouter = hello.GetValue("msg", "") == "isdbgrid";
        var set = hello.GetValue("setName", "").ToString();
        var said =
            isRouter ? "a router of a sharded cluster"
            : set is { Length: > 0 } ? $"replica set {set}, primary {hello.GetValue("primary", "none")}"
            : "a standalone server";
        return settings.DirectConnection == true && !isRouter
                ? Finding.Warning(
                    id,
                    $"The driver sees {said}, and is told to stay with one member (directConnection).",
                    "Leave directConnection out: after an election the application would write to a secondary."
                )
            : !settings.RetryWrites && (isRouter || set is { Length: > 0 })
                ? Finding.Warning(
                    id,
                    $"The driver sees {said}; writes are not repeated (retryWrites=false).",
                    "Leave retryWrites out, unless the application repeats writes itself: each election is an error otherwise."
                )
            : isRouter && set is { Length: 0 } && settings.ReplicaSetName is { Length: > 0 }
                ? Finding.Failed(
                    id,
                    $"The driver sees {said}, and is told to find a replica set.",
                    "Leave replicaSet out."
                )
            : Finding.Passed(id, $"The driver sees {said}.");
    }

    /// <summary>A driver goes by the names that members give each other: those have to be reached, too.</summary>
    private static async Task<Finding> MembersAsync(
        BsonDocument hello,
        MongoClientSettings settings,
        CancellationToken cancellationToken
    )
    {
        const string id = "members";
        var named =
            hello.TryGetValue("hosts", out var hosts)
                ? hosts
                    .AsBsonArray.Concat(hello.GetValue("passives", new BsonArray()).AsBsonArray)
                    .Select(one => one.AsString)
            : settings.Scheme == MongoDB.Driver.Core.Configuration.ConnectionStringScheme.MongoDB
                ? settings.Servers.Select(one => one.ToString())
            : [];
        var all = named.Select(MongoServerAddress.Parse).Distinct().ToList();
        var silent = new List<string>();
        foreach (var one in all)
        {
            if (await WhyNotAsync(one, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                silent.Add($"{one} ({reason})");
            }
        }

        return silent.Count == 0
            ? Finding.Passed(id, $"Every server is reached from here: {string.Join(", ", all)}.")
            : Finding.Failed(
                id,
                $"Servers of the cluster are not reached from this machine: {string.Join("; ", silent)}. The application stands still once one of them is primary.",
                "Let this machine reach every member by the name and port that the cluster gives it (rs.conf()): DNS, firewall, access list."
            );
    }

    private static async Task<string?> WhyNotAsync(MongoServerAddress server, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(ConnectTimeout);
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, enough.Token).ConfigureAwait(false);
            return null;
        }
        catch (SocketException refused)
        {
            return refused.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "no answer";
        }
    }

    private static Finding Version(string text, IReadOnlyList<string> allowed)
    {
        const string id = "version";
        return
            allowed.Count == 0
            || allowed.Any(one => text == one || text.StartsWith($"{one}.", StringComparison.Ordinal))
            ? Finding.Passed(id, $"It runs MongoDB {text}.")
            : Finding.Failed(
                id,
                $"It runs MongoDB {text}, and the application is said to be good for {string.Join(", ", allowed)}.",
                "Bring the application's driver to a version that knows this server, or test it and allow the version."
            );
    }

    private static async Task<IReadOnlyList<Finding>> RightsAsync(
        CommandRunner commands,
        ClusterFacts facts,
        string? database,
        CancellationToken cancellationToken
    )
    {
        if (database is null)
        {
            return
            [
                Finding.Warning(
                    "rights",
                    "What the user may read and write was not looked at: no database is named.",
                    "Name the application's database: --database NAME"
                ),
            ];
        }

        if (!facts.IsAuthorizationEnabled)
        {
            return [Finding.Passed("rights", "Everybody may read and write: the cluster asks for no user.")];
        }

        var status = await commands
            .RunAsync("admin", new() { { "connectionStatus", 1 }, { "showPrivileges", true } }, cancellationToken)
            .ConfigureAwait(false);
        var granted = status["authInfo"]
            .AsBsonDocument.GetValue("authenticatedUserPrivileges", new BsonArray())
            .AsBsonArray.Select(one => one.AsBsonDocument)
            .Where(one => Covers(one["resource"].AsBsonDocument, database))
            .SelectMany(one => one["actions"].AsBsonArray.Select(action => action.AsString))
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            Right("read", ["find"], granted, database, facts.User),
            Right("write", Written, granted, database, facts.User),
        ];
    }

    private static Finding Right(
        string id,
        IReadOnlyList<string> actions,
        HashSet<string> granted,
        string database,
        string? user
    ) =>
        actions.Where(one => !granted.Contains(one)).ToList() is { Count: > 0 } missing
            ? Finding.Failed(
                id,
                $"The user may not {id} every collection of {database}: {string.Join(", ", missing)} is missing.",
                $"On the cluster: db.getSiblingDB(\"{user?.Split('@')[^1]}\").grantRolesToUser(\"{user?.Split('@')[0]}\", [{{ role: \"readWrite\", db: \"{database}\" }}]); users are not migrated unless that was asked for."
            )
            : Finding.Passed(id, $"The user may {id} every collection of {database}.");

    private static bool Covers(BsonDocument resource, string database) =>
        resource.GetValue("anyResource", false).ToBoolean()
        || (
            resource.GetValue("collection", "-") == ""
            && resource["db"].AsString is var db
            && (db.Length == 0 || db == database)
        );

    private static async Task<Finding> LatencyAsync(
        CommandRunner commands,
        TimeSpan most,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        const string id = "latency";
        var taken = new List<double>();
        for (var i = 0; i < Pings; i++)
        {
            var began = time.GetTimestamp();
            _ = await commands.RunAsync("admin", new("ping", 1), cancellationToken).ConfigureAwait(false);
            taken.Add(time.GetElapsedTime(began).TotalMilliseconds);
        }

        taken.Sort();
        var (middle, last) = (taken[Pings / 2], taken[^1]);
        var said = FormattableString.Invariant(
            $"The primary answers in {middle:0.#} ms, the slowest of {Pings} answers took {last:0.#} ms."
        );
        return middle <= most.TotalMilliseconds
            ? Finding.Passed(id, said)
            : Finding.Warning(
                id,
                said,
                FormattableString.Invariant(
                    $"More than {most.TotalMilliseconds:0} ms for each step: bring the application nearer to the cluster, or look at the way between."
                )
            );
    }

    private static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
