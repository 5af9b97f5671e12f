using System.Net;
using System.Security.Cryptography;
using Godwit.Bson;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Preflight;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>Finds out about a cluster what preflight judges: over the driver, reading only, nothing left behind.</summary>
internal static class ClusterInspector
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a primary is waited for in all, and how long between two looks.</summary>
    private static readonly TimeSpan ElectionMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Inspects the cluster behind a connection string. What cannot be read is left unknown; what cannot be reached is a fault, but an
    /// election is waited out.
    /// </summary>
    /// <param name="address">The connection string.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="indexed">Collections whose indexes are looked at.</param>
    /// <param name="largest">Of how many of the largest collections of a replica set indexes are looked at besides.</param>
    /// <param name="isMeasured">Whether sizes of collections are asked for.</param>
    internal static async Task<ClusterFacts> InspectAsync(
        string address,
        TimeProvider time,
        CancellationToken cancellationToken,
        IReadOnlyCollection<Namespace>? indexed = null,
        int largest = 0,
        bool isMeasured = true
    )
    {
        MongoAddress parsed;
        try
        {
            parsed = MongoAddress.Parse(address);
        }
        catch (MongoConfigurationException exception)
            when (exception.InnerException is IOException or CryptographicException or UnauthorizedAccessException)
        {
            return Unusable(SecretText.OfAddress(address), new(ConnectionFaultKind.CertificateFile, exception.Message));
        }
        catch (MongoConfigurationException exception)
        {
            return Unusable(
                SecretText.OfAddress(address),
                new(ConnectionFaultKind.MalformedAddress, exception.Message)
            );
        }

        var settings = parsed.DriverSettings.Clone();
        settings.ServerSelectionTimeout = ConnectTimeout;
        settings.ConnectTimeout = ConnectTimeout;
        settings.ApplicationName = "godwit preflight";
        var start = time.GetTimestamp();
        var hasAnswered = false;
        while (true)
        {
            using var client = new MongoClient(settings);
            try
            {
                _ = await new CommandRunner(client)
                    .RunAsync("admin", new("ping", 1), cancellationToken)
                    .ConfigureAwait(false);
                hasAnswered = true;
                var facts = await InspectAsync(client, parsed.Redacted, isMeasured, time, cancellationToken)
                    .ConfigureAwait(false);
                facts = await AddIndexesAsync(client, facts, indexed, largest, cancellationToken).ConfigureAwait(false);
                return facts with { IsEncrypted = settings.UseTls, IsLocal = settings.Servers.All(IsLoopback) };
            }
            catch (Exception exception) when (ConnectionFaults.Translate(exception, client) is { } fault)
            {
                if (
                    !ConnectionFaults.MayBeElection(exception, fault, hasAnswered)
                    || time.GetElapsedTime(start) > ElectionMax
                )
                {
                    return Unusable(parsed.Redacted, fault);
                }
            }

            await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<ClusterFacts> AddIndexesAsync(
        MongoClient client,
        ClusterFacts facts,
        IReadOnlyCollection<Namespace>? indexed,
        int largest,
        CancellationToken cancellationToken
    )
    {
        if (largest > 0 && facts.Shape == ClusterShape.ReplicaSet)
        {
            indexed =
            [
                .. indexed ?? [],
                .. facts
                    .Namespaces.Where(one => one is { Kind: "collection", IsCapped: false })
                    .OrderByDescending(one => one.DataBytes)
                    .Take(largest)
                    .Select(one => one.Name),
            ];
        }

        return indexed is null
            ? facts
            : await new IndexInspector(new(client), indexed).AddAsync(facts, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsLoopback(MongoServerAddress address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));

    private static ClusterFacts Unusable(string address, ConnectionFault fault) =>
        new() { Address = address, Fault = fault };

    private static async Task<ClusterFacts> InspectAsync(
        MongoClient client,
        string address,
        bool isMeasured,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var commands = new CommandRunner(client);
        var hello = await commands.RunAsync("admin", new("hello", 1), cancellationToken).ConfigureAwait(false);
        var skew = hello["localTime"].ToUniversalTime() - time.GetUtcNow().UtcDateTime;
        var build = await commands.RunAsync("admin", new("buildInfo", 1), cancellationToken).ConfigureAwait(false);
        var facts = new ClusterFacts
        {
            Address = address,
            Shape = ShapeOf(hello),
            Version = VersionOf(build["version"].AsString),
            ClockSkew = skew,
        };
        facts = await new AccessInspector(commands).AddAsync(facts, cancellationToken).ConfigureAwait(false);
        facts = await AddCompatibilityAsync(commands, facts, cancellationToken).ConfigureAwait(false);
        facts = facts.Shape switch
        {
            ClusterShape.ReplicaSet => await new MemberInspector(commands)
                .AddAsync(facts, cancellationToken)
                .ConfigureAwait(false),
            ClusterShape.Sharded => await new ShardInspector(commands, client.Settings)
                .AddAsync(facts, cancellationToken)
                .ConfigureAwait(false),
            _ => facts,
        };

        facts = await new ContentInspector(commands, client, isMeasured)
            .AddAsync(facts, cancellationToken)
            .ConfigureAwait(false);
        return await new BesideInspector(commands).AddAsync(facts, cancellationToken).ConfigureAwait(false);
    }

    private static ClusterShape ShapeOf(BsonDocument hello)
    {
        if (hello.GetValue("msg", "") == "isdbgrid")
        {
            return ClusterShape.Sharded;
        }

        return hello.Contains("setName") ? ClusterShape.ReplicaSet : ClusterShape.Standalone;
    }

    private static Version VersionOf(string text)
    {
        var release = text.Split('-')[0];
        return Version.TryParse(release, out var version) ? version : new(0, 0, 0);
    }

    private static async Task<ClusterFacts> AddCompatibilityAsync(
        CommandRunner commands,
        ClusterFacts facts,
        CancellationToken cancellationToken
    )
    {
        return await ReadCompatibilityAsync(commands, cancellationToken).ConfigureAwait(false) is { } fcv
            ? facts with
            {
                FeatureCompatibilityVersion = fcv["version"].AsString,
                IsChangingFeatureCompatibilityVersion = fcv.Contains("targetVersion"),
            }
            : facts;
    }

    /// <summary>As the server's parameter, or, from routers that do not have it, as the document that keeps it.</summary>
    internal static async Task<BsonDocument?> ReadCompatibilityAsync(
        CommandRunner commands,
        CancellationToken cancellationToken
    )
    {
        var reply = await commands
            .TryRunAsync(
                "admin",
                new() { { "getParameter", 1 }, { "featureCompatibilityVersion", 1 } },
                cancellationToken
            )
            .ConfigureAwait(false);
        if (reply?["featureCompatibilityVersion"] is BsonDocument parameter)
        {
            return parameter;
        }

        var find = new BsonDocument
        {
            { "find", "system.version" },
            { "filter", new BsonDocument("_id", "featureCompatibilityVersion") },
        };
        var found = await commands.TryRunAsync("admin", find, cancellationToken).ConfigureAwait(false);
        return found?["cursor"]["firstBatch"].AsBsonArray.FirstOrDefault()?.AsBsonDocument;
    }
}
