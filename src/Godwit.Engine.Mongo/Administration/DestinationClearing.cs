using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reversal;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Administration;

/// <summary>
/// Drops what a destination holds, when a person has asked for that (P2): exactly what was listed before, each collection known by its UUID.
/// Anything that has changed since stops it before the first drop. It may be called again after it was interrupted.
/// </summary>
internal static class DestinationClearing
{
    private const string View = "view";
    private const string TimeSeries = "timeseries";
    private const string Buckets = "system.buckets.";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly string[] Kept = ["admin", "local", "config"];

    /// <summary>Every collection and view of the destination that is not the server's or Godwit's own.</summary>
    internal static async Task<IReadOnlyList<ClearedCollection>> ListAsync(
        string address,
        CancellationToken cancellationToken
    )
    {
        using var client = Open(address);
        return await ListAsync(client, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What stands against dropping these; <see langword="null"/> if nothing does. What is gone already stands against nothing.</summary>
    internal static async Task<string?> FindDifferenceAsync(
        string address,
        IReadOnlyList<ClearedCollection> listed,
        CancellationToken cancellationToken,
        bool isAll = true
    )
    {
        using var client = Open(address);
        var known = listed.ToDictionary(one => one.Name, StringComparer.Ordinal);
        var differences = (await ListAsync(client, cancellationToken).ConfigureAwait(false))
            .Where(found => isAll || known.ContainsKey(found.Name))
            .Select(found =>
                !known.TryGetValue(found.Name, out var before) ? $"{found.Name} was not there"
                : (found.Kind, found.Uuid) != (before.Kind, before.Uuid) ? $"{found.Name} is another collection now"
                : found.Documents != before.Documents
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{found.Name} has {found.Documents} documents, and had {before.Documents}"
                    )
                : null
            )
            .OfType<string>()
            .ToList();
        return differences.Count == 0 ? null : string.Join("; ", differences);
    }

    /// <summary>Drops them. The server itself refuses one whose UUID is another by then.</summary>
    internal static async Task DropAsync(
        string address,
        IReadOnlyList<ClearedCollection> listed,
        CancellationToken cancellationToken
    )
    {
        using var client = Open(address);
        var commands = new CommandRunner(client);
        var there = (await ListAsync(client, cancellationToken).ConfigureAwait(false)).ToHashSet();
        // Views first: none is left behind that leads nowhere.
        foreach (var one in listed.Where(there.Contains).OrderBy(one => one.Kind != View))
        {
            var name = Namespace.Parse(one.Name);
            var drop = new BsonDocument("drop", name.Collection);
            if (one.Kind is not (View or TimeSeries) && one.Uuid is { } uuid)
            {
                drop["collectionUUID"] = new BsonBinaryData(Guid.Parse(uuid), GuidRepresentation.Standard);
            }

            _ = await commands.RunAsync(name.Database, drop, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Drops what a migration has written: the collections that it has recorded as made by itself, by their UUIDs, and its views. A creation
    /// that was interrupted is known by its name alone, and nothing was written to it: it goes if it is empty. Nothing else is touched, least
    /// of all what stood there before a reverse; a migration that is not recorded has none.
    /// </summary>
    /// <param name="address">Connection string of somebody who may.</param>
    /// <param name="named">What a name of the source is on the destination: views are known by their names alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task RemoveMigratedAsync(
        string address,
        Func<Namespace, Namespace> named,
        CancellationToken cancellationToken
    )
    {
        using var client = Open(address);
        var rows = await client
            .GetDatabase(ReservedNames.Database)
            .GetCollection<BsonDocument>(ReservedStore.Collections)
            .Find(FilterDefinition<BsonDocument>.Empty)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var made = rows.Select(row => row.GetValue("destination", "").AsString)
            .Where(one => one.Length > 0)
            .ToHashSet();
        var views = rows.Where(row => !row.Contains("source"))
            .Select(row => named(Namespace.Parse(row["name"].AsString)).ToString())
            .ToHashSet();
        var begun = rows.Where(row => row.Contains("source") && !row.Contains("destination"))
            .Select(row => SeriesNames.Shown(named(Namespace.Parse(row["name"].AsString))).ToString())
            .ToHashSet();
        var stood = await ReadStoodAsync(client, cancellationToken).ConfigureAwait(false);
        var listed = await ListAsync(client, cancellationToken).ConfigureAwait(false);
        var own = listed
            .Where(one =>
                one.Kind == View
                    ? views.Contains(one.Name) && !stood.Contains($"view {one.Name}")
                    : one.Uuid is { } uuid && made.Contains(uuid) && !stood.Contains(uuid)
            )
            .ToList();
        foreach (var one in listed.Where(one => one.Uuid is { } uuid && !made.Contains(uuid) && !stood.Contains(uuid)))
        {
            if (begun.Contains(one.Name) && await IsEmptyAsync(client, one, cancellationToken).ConfigureAwait(false))
            {
                own.Add(one);
            }
        }

        await DropAsync(address, own, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> IsEmptyAsync(
        MongoClient client,
        ClearedCollection one,
        CancellationToken cancellationToken
    )
    {
        var name = Namespace.Parse(one.Name);
        using var first = await client
            .GetDatabase(name.Database)
            .GetCollection<BsonDocument>(name.Collection)
            .FindAsync(
                FilterDefinition<BsonDocument>.Empty,
                new FindOptions<BsonDocument> { Limit = 1 },
                cancellationToken
            )
            .ConfigureAwait(false);
        return !await first.MoveNextAsync(cancellationToken).ConfigureAwait(false) || !first.Current.Any();
    }

    private static async Task<HashSet<string>> ReadStoodAsync(MongoClient client, CancellationToken cancellationToken)
    {
        var documents = await client
            .GetDatabase(ReservedNames.Database)
            .GetCollection<BsonDocument>(OwnCollections.Recorded)
            .Find(FilterDefinition<BsonDocument>.Empty)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return [.. documents.Select(one => one["_id"].AsString)];
    }

    private static async Task<IReadOnlyList<ClearedCollection>> ListAsync(
        MongoClient client,
        CancellationToken cancellationToken
    )
    {
        var commands = new CommandRunner(client);
        var databases = await commands
            .RunAsync("admin", new() { { "listDatabases", 1 }, { "nameOnly", true } }, cancellationToken)
            .ConfigureAwait(false);
        var all = new List<ClearedCollection>();
        var names = databases["databases"].AsBsonArray.Select(one => one["name"].AsString).Except(Kept);
        foreach (var name in names.Where(one => !ReservedNames.IsReserved(one)))
        {
            all.AddRange(await ListAsync(client, commands, name, cancellationToken).ConfigureAwait(false));
        }

        return all;
    }

    private static async Task<IEnumerable<ClearedCollection>> ListAsync(
        MongoClient client,
        CommandRunner commands,
        string database,
        CancellationToken cancellationToken
    )
    {
        using var cursor = await client
            .GetDatabase(database)
            .ListCollectionsAsync(null, cancellationToken)
            .ConfigureAwait(false);
        var found = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        var uuids = found.ToDictionary(one => one["name"].AsString, UuidOf, StringComparer.Ordinal);
        var listed = new List<ClearedCollection>();
        foreach (var (name, kind) in found.Select(one => (one["name"].AsString, one["type"].AsString)))
        {
            if (!name.StartsWith("system.", StringComparison.Ordinal))
            {
                listed.Add(
                    new(
                        $"{database}.{name}",
                        kind,
                        // What a time-series collection is, its buckets are.
                        kind == TimeSeries
                            ? uuids.GetValueOrDefault(Buckets + name)
                            : uuids[name],
                        kind is View or TimeSeries
                            ? 0
                            : await CountAsync(commands, database, name, cancellationToken).ConfigureAwait(false)
                    )
                );
            }
        }

        return listed;
    }

    private static string? UuidOf(BsonDocument listed) =>
        listed.GetValue("info", new BsonDocument()).AsBsonDocument.GetValue("uuid", BsonNull.Value) is BsonBinaryData id
            ? id.ToGuid(GuidRepresentation.Standard).ToString()
            : null;

    private static async Task<long> CountAsync(
        CommandRunner commands,
        string database,
        string name,
        CancellationToken cancellationToken
    ) =>
        (await commands.RunAsync(database, new("count", name), cancellationToken).ConfigureAwait(false))["n"].ToInt64();

    private static MongoClient Open(string address)
    {
        var settings = MongoAddress.Parse(address).DriverSettings.Clone();
        settings.ServerSelectionTimeout = Patience;
        return new(settings);
    }
}

/// <summary>A collection or view to be dropped.</summary>
/// <param name="Name">Its namespace.</param>
/// <param name="Kind">"collection", "view" or "timeseries".</param>
/// <param name="Uuid">Which of all collections that ever had the name; <see langword="null"/> for views.</param>
/// <param name="Documents">How many documents it had.</param>
internal sealed record ClearedCollection(string Name, string Kind, string? Uuid, long Documents);
