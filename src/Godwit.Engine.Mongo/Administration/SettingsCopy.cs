using Godwit.Engine.Mongo.Connections;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Administration;

/// <summary>
/// Carries over what belongs to a cluster and to no document (E08, L9, L10): query settings, and search indexes, which the destination builds
/// itself once it is told of them. What is on the destination already is never changed.
/// </summary>
internal sealed class SettingsCopy(IMongoClient source, IMongoClient destination, bool isDryRun)
{
    private const string Setting = "query settings";
    private const string Index = "search index";

    /// <summary>An unknown stage: a server before 8.0 has no query settings.</summary>
    private const int UnknownStage = 40324;

    /// <summary>The server is not set up for search.</summary>
    private const int SearchNotEnabled = 31082;

    /// <summary>Opens both clusters and carries over what it can.</summary>
    /// <exception cref="MongoException">A cluster does not answer, or does not let its settings be read.</exception>
    internal static async Task<IReadOnlyList<CarriedEntry>> RunAsync(
        string source,
        string destination,
        bool isDryRun,
        CancellationToken cancellationToken
    )
    {
        using var from = new MongoClient(MongoAddress.Parse(source).DriverSettings);
        using var to = new MongoClient(MongoAddress.Parse(destination).DriverSettings);
        return await new SettingsCopy(from, to, isDryRun).RunAsync(cancellationToken).ConfigureAwait(false);
    }

    internal async Task<IReadOnlyList<CarriedEntry>> RunAsync(CancellationToken cancellationToken) =>
        [
            .. await CarrySettingsAsync(cancellationToken).ConfigureAwait(false),
            .. await CarryIndexesAsync(cancellationToken).ConfigureAwait(false),
        ];

    private async Task<List<CarriedEntry>> CarrySettingsAsync(CancellationToken cancellationToken)
    {
        var wanted = await ListSettingsAsync(source, cancellationToken).ConfigureAwait(false);
        var known =
            wanted.Count == 0 ? [] : await ListSettingsAsync(destination, cancellationToken).ConfigureAwait(false);
        var done = new List<CarriedEntry>();
        foreach (var one in wanted)
        {
            var name = one.GetValue("queryShapeHash", "").AsString;
            var query = one.GetValue("representativeQuery", BsonNull.Value);
            done.Add(
                query is not BsonDocument representative
                    ? new(
                        Setting,
                        name,
                        false,
                        "they were set by the hash of their shape alone, which another server may not share"
                    )
                    : await CarryAsync(
                            Setting,
                            name,
                            one["settings"],
                            known
                                .Find(other => other.GetValue("representativeQuery", BsonNull.Value) == query)
                                ?["settings"],
                            destination.GetDatabase("admin"),
                            new() { { "setQuerySettings", representative }, { "settings", one["settings"] } },
                            cancellationToken
                        )
                        .ConfigureAwait(false)
            );
        }

        return done;
    }

    private async Task<List<CarriedEntry>> CarryIndexesAsync(CancellationToken cancellationToken)
    {
        var done = new List<CarriedEntry>();
        using var databases = await source.ListDatabaseNamesAsync(cancellationToken).ConfigureAwait(false);
        foreach (var database in await databases.ToListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (database is "admin" or "local" or "config")
            {
                continue;
            }

            var collections = new ListCollectionNamesOptions { Filter = new BsonDocument("type", "collection") };
            using var names = await source
                .GetDatabase(database)
                .ListCollectionNamesAsync(collections, cancellationToken)
                .ConfigureAwait(false);
            foreach (var name in await names.ToListAsync(cancellationToken).ConfigureAwait(false))
            {
                var wanted = await ListIndexesAsync(source, database, name, cancellationToken).ConfigureAwait(false);
                if (wanted is null)
                {
                    return done;
                }

                done.AddRange(await CarryIndexesAsync(database, name, wanted, cancellationToken).ConfigureAwait(false));
            }
        }

        return done;
    }

    private async Task<List<CarriedEntry>> CarryIndexesAsync(
        string database,
        string collection,
        List<BsonDocument> wanted,
        CancellationToken cancellationToken
    )
    {
        var done = new List<CarriedEntry>();
        var known =
            wanted.Count == 0
                ? []
                : await ListIndexesAsync(destination, database, collection, cancellationToken).ConfigureAwait(false);
        foreach (var index in wanted)
        {
            var specification = new BsonDocument
            {
                { "name", index["name"] },
                { "definition", index["latestDefinition"] },
            };
            if (index.TryGetValue("type", out var type))
            {
                specification.Add("type", type);
            }

            var create = new BsonDocument
            {
                { "createSearchIndexes", collection },
                {
                    "indexes",
                    new BsonArray { specification }
                },
            };
            var name = $"{index["name"]} of {database}.{collection}";
            done.Add(
                known is null
                    ? new(Index, name, false, "the destination is not set up for search")
                    : await CarryAsync(
                            Index,
                            name,
                            index["latestDefinition"],
                            known.Find(other => other["name"] == index["name"])?["latestDefinition"],
                            destination.GetDatabase(database),
                            create,
                            cancellationToken
                        )
                        .ConfigureAwait(false)
            );
        }

        return done;
    }

    private async Task<CarriedEntry> CarryAsync(
        string kind,
        string name,
        BsonValue wanted,
        BsonValue? there,
        IMongoDatabase database,
        BsonDocument command,
        CancellationToken cancellationToken
    )
    {
        if (there is not null)
        {
            return there == wanted
                ? new(kind, name, true, "was there already")
                : new(kind, name, false, "the destination has others; they were left as they are");
        }

        if (isDryRun)
        {
            return new(kind, name, false, "would be carried over");
        }

        try
        {
            _ = await database
                .RunCommandAsync<BsonDocument>(command, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            return new(kind, name, true, "");
        }
        catch (MongoCommandException refused)
        {
            return new(kind, name, false, $"the destination refuses it: {refused.Message}");
        }
    }

    private static async Task<List<BsonDocument>> ListSettingsAsync(
        IMongoClient cluster,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var cursor = await cluster
                .GetDatabase("admin")
                .AggregateAsync<BsonDocument>(
                    new[] { new BsonDocument("$querySettings", new BsonDocument()) },
                    cancellationToken: cancellationToken
                )
                .ConfigureAwait(false);
            return await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException none) when (none.Code == UnknownStage)
        {
            return [];
        }
    }

    /// <summary><see langword="null"/> where there is no search.</summary>
    private static async Task<List<BsonDocument>?> ListIndexesAsync(
        IMongoClient cluster,
        string database,
        string collection,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var cursor = await cluster
                .GetDatabase(database)
                .GetCollection<BsonDocument>(collection)
                .AggregateAsync<BsonDocument>(
                    new[] { new BsonDocument("$listSearchIndexes", new BsonDocument()) },
                    cancellationToken: cancellationToken
                )
                .ConfigureAwait(false);
            return await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException none) when (none.Code == SearchNotEnabled)
        {
            return null;
        }
    }
}
