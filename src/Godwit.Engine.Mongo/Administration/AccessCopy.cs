using Godwit.Engine.Mongo.Connections;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Administration;

/// <summary>
/// Carries custom roles and users over (E07, H04): roles by command, users as the documents the server keeps of them, credentials
/// included, so that they sign in with the passwords they have. What is on the destination already is never changed.
/// </summary>
internal sealed class AccessCopy(IMongoClient destination, bool isDryRun)
{
    private const string Roles = "system.roles";
    private const string Users = "system.users";
    private const string Role = "role";
    private const string User = "user";
    private const string External = "$external";
    private const int RoleExists = 51002;
    private const int DuplicateKey = 11000;

    /// <summary>Opens both clusters and carries over what it can.</summary>
    /// <exception cref="MongoException">A cluster does not answer, or its users cannot be read.</exception>
    internal static async Task<IReadOnlyList<CarriedEntry>> RunAsync(
        string source,
        string destination,
        bool isDryRun,
        CancellationToken cancellationToken
    )
    {
        var kept = await ReadAsync(source, cancellationToken).ConfigureAwait(false);
        return await WriteAsync(kept, destination, isDryRun, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a cluster keeps of its users and custom roles, credentials included.</summary>
    /// <exception cref="MongoException">It does not answer, or its users cannot be read.</exception>
    internal static async Task<AccessEntries> ReadAsync(string source, CancellationToken cancellationToken)
    {
        using var from = new MongoClient(MongoAddress.Parse(source).DriverSettings);
        var roles = await ReadAsync(from, Roles, cancellationToken).ConfigureAwait(false);
        var users = await ReadAsync(from, Users, cancellationToken).ConfigureAwait(false);
        return new([.. roles.Values], [.. users.Values]);
    }

    /// <summary>Gives a cluster what it lacks of it.</summary>
    /// <exception cref="MongoException">It does not answer, or its users cannot be read.</exception>
    internal static async Task<IReadOnlyList<CarriedEntry>> WriteAsync(
        AccessEntries kept,
        string destination,
        bool isDryRun,
        CancellationToken cancellationToken
    )
    {
        using var to = new MongoClient(MongoAddress.Parse(destination).DriverSettings);
        return await new AccessCopy(to, isDryRun).RunAsync(kept, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<CarriedEntry>> RunAsync(AccessEntries kept, CancellationToken cancellationToken)
    {
        var done = new List<CarriedEntry>();
        var known = await ReadAsync(destination, Roles, cancellationToken).ConfigureAwait(false);
        foreach (var role in InOrder(kept.Roles))
        {
            done.Add(
                await CarryAsync(Role, role, known, () => CreateRoleAsync(role, cancellationToken))
                    .ConfigureAwait(false)
            );
        }

        known = await ReadAsync(destination, Users, cancellationToken).ConfigureAwait(false);
        foreach (var user in kept.Users)
        {
            done.Add(
                await CarryAsync(User, user, known, () => InsertUserAsync(user, cancellationToken))
                    .ConfigureAwait(false)
            );
        }

        return done;
    }

    private static async Task<SortedDictionary<string, BsonDocument>> ReadAsync(
        IMongoClient cluster,
        string collection,
        CancellationToken cancellationToken
    )
    {
        var all = await cluster
            .GetDatabase("admin")
            .GetCollection<BsonDocument>(collection)
            .Find(new BsonDocument())
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return new(all.ToDictionary(one => one["_id"].AsString), StringComparer.Ordinal);
    }

    private async Task<CarriedEntry> CarryAsync(
        string kind,
        BsonDocument wanted,
        SortedDictionary<string, BsonDocument> known,
        Func<Task> create
    )
    {
        var name = $"{wanted[kind]}@{wanted["db"]}";
        if (known.TryGetValue(wanted["_id"].AsString, out var there))
        {
            return AreAlike(wanted, there)
                ? new(kind, name, true, "was there already")
                : new(kind, name, false, "another one of that name is on the destination; it was left as it is");
        }

        if (isDryRun)
        {
            return new(kind, name, false, "would be carried over");
        }

        try
        {
            await create().ConfigureAwait(false);
            return new(kind, name, true, RemarkOn(kind, wanted));
        }
        catch (MongoCommandException refused) when (refused.Code != RoleExists)
        {
            return new(kind, name, false, $"the destination refuses it: {refused.Message}");
        }
        catch (MongoWriteException refused) when (refused.WriteError.Code != DuplicateKey)
        {
            return new(kind, name, false, $"the destination refuses it: {refused.WriteError.Message}");
        }
    }

    /// <summary>An id of the server's own aside.</summary>
    private static bool AreAlike(BsonDocument one, BsonDocument other) => Content(one) == Content(other);

    private static BsonDocument Content(BsonDocument entry)
    {
        var content = new BsonDocument(entry.OrderBy(field => field.Name, StringComparer.Ordinal));
        content.Remove("userId");
        return content;
    }

    private static string RemarkOn(string kind, BsonDocument entry) =>
        kind == User && entry["db"] == External
            ? "signs in by a mechanism that the destination must be set up for"
            : "";

    /// <summary>A role comes after those it inherits from; where they go in circles, as they stand.</summary>
    private static IEnumerable<BsonDocument> InOrder(IEnumerable<BsonDocument> roles)
    {
        var left = roles.ToList();
        while (left.Count > 0)
        {
            var names = left.Select(IdOf).ToHashSet(StringComparer.Ordinal);
            var next = left.Find(role => !Inherited(role).Any(names.Contains)) ?? left[0];
            _ = left.Remove(next);
            yield return next;
        }
    }

    private static string IdOf(BsonDocument entry) => entry["_id"].AsString;

    private static IEnumerable<string> Inherited(BsonDocument role) =>
        role["roles"].AsBsonArray.Select(one => $"{one["db"]}.{one["role"]}").Where(id => id != IdOf(role));

    private async Task CreateRoleAsync(BsonDocument role, CancellationToken cancellationToken)
    {
        var command = new BsonDocument
        {
            { "createRole", role["role"] },
            { "privileges", role["privileges"] },
            { "roles", role["roles"] },
        };
        if (role.TryGetValue("authenticationRestrictions", out var restrictions))
        {
            command.Add("authenticationRestrictions", restrictions);
        }

        _ = await destination
            .GetDatabase(role["db"].AsString)
            .RunCommandAsync<BsonDocument>(command, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
    }

    private Task InsertUserAsync(BsonDocument user, CancellationToken cancellationToken) =>
        destination
            .GetDatabase("admin")
            .GetCollection<BsonDocument>(Users)
            .WithWriteConcern(WriteConcern.WMajority)
            .InsertOneAsync(user, null, cancellationToken);
}
