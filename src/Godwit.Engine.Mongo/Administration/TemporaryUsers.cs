using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Administration;

/// <summary>
/// Users made on a destination for one migration or validation, and removed after it: a role of enumerated actions, let in from the migration
/// host's addresses only (P7). Both calls may be made again at any time.
/// </summary>
internal static class TemporaryUsers
{
    private const string Database = "admin";
    private const string Prefix = "godwit-";

    /// <summary>Field of a user's own data that says which Hub has made it.</summary>
    private const string Owner = "godwitHub";

    private const int UserNotFound = 11;
    private const int RoleNotFound = 31;
    private const int UserExists = 51003;
    private const int RoleExists = 51002;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The name of user and role of a migration or validation.</summary>
    internal static string Name(string id) => Prefix + id;

    /// <summary>Makes the user, or sets its password, role and addresses anew.</summary>
    /// <param name="address">Connection string of somebody who may.</param>
    /// <param name="id">The migration or validation.</param>
    /// <param name="password">The user's password.</param>
    /// <param name="clientSources">Addresses that it may log in from.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="owner">Which Hub makes it: one that was put back to an earlier state knows its own by that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task EnsureAsync(
        string address,
        string id,
        string password,
        IReadOnlyList<string> clientSources,
        TemporaryUse use,
        string owner,
        CancellationToken cancellationToken
    )
    {
        using var client = Open(address);
        var commands = new CommandRunner(client);
        var name = Name(id);
        BsonArray roles = use == TemporaryUse.Look ? [Role("clusterMonitor"), Role("readAnyDatabase")] : [Role(name)];
        if (use != TemporaryUse.Look)
        {
            var allowed = use == TemporaryUse.BeLeft ? RequiredPrivileges.BothSides : RequiredPrivileges.Destination;
            var role = new BsonDocument
            {
                { "privileges", new BsonArray(allowed.Select(Grants.Of)) },
                { "roles", new BsonArray() },
            };
            await CreateOrUpdateAsync(commands, "Role", name, role, RoleExists, cancellationToken)
                .ConfigureAwait(false);
        }

        var user = new BsonDocument
        {
            { "pwd", password },
            { "roles", roles },
            { "customData", new BsonDocument(Owner, owner) },
            {
                "authenticationRestrictions",
                new BsonArray { new BsonDocument("clientSource", new BsonArray(clientSources)) }
            },
        };
        await CreateOrUpdateAsync(commands, "User", name, user, UserExists, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes user and role; that they are not there is as good.</summary>
    internal static async Task RemoveAsync(string address, string id, CancellationToken cancellationToken)
    {
        using var client = Open(address);
        var commands = new CommandRunner(client);
        await DropAsync(commands, "dropUser", Name(id), UserNotFound, cancellationToken).ConfigureAwait(false);
        await DropAsync(commands, "dropRole", Name(id), RoleNotFound, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The temporary users that a cluster has.</summary>
    internal static async Task<IReadOnlyList<FoundTemporaryUser>> ListAsync(
        string address,
        CancellationToken cancellationToken
    )
    {
        using var client = Open(address);
        var reply = await new CommandRunner(client)
            .RunAsync(Database, new("usersInfo", 1), cancellationToken)
            .ConfigureAwait(false);
        return
        [
            .. reply["users"]
                .AsBsonArray.Select(one => one.AsBsonDocument)
                .Where(one => one["user"].AsString.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(one => new FoundTemporaryUser(
                    one["user"].AsString[Prefix.Length..],
                    one.GetValue("customData", new BsonDocument()).AsBsonDocument.GetValue(Owner, BsonNull.Value)
                        is BsonString owner
                        ? owner.Value
                        : null
                )),
        ];
    }

    private static MongoClient Open(string address)
    {
        var settings = MongoAddress.Parse(address).DriverSettings.Clone();
        settings.ServerSelectionTimeout = Patience;
        settings.ApplicationName = "godwit hub";
        return new(settings);
    }

    private static async Task CreateOrUpdateAsync(
        CommandRunner commands,
        string kind,
        string name,
        BsonDocument body,
        int exists,
        CancellationToken cancellationToken
    )
    {
        try
        {
            _ = await commands
                .RunAsync(Database, new BsonDocument($"create{kind}", name).AddRange(body), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (MongoCommandException refused) when (refused.Code == exists)
        {
            _ = await commands
                .RunAsync(Database, new BsonDocument($"update{kind}", name).AddRange(body), cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private static async Task DropAsync(
        CommandRunner commands,
        string command,
        string name,
        int notFound,
        CancellationToken cancellationToken
    )
    {
        try
        {
            _ = await commands.RunAsync(Database, new(command, name), cancellationToken).ConfigureAwait(false);
        }
        catch (MongoCommandException refused) when (refused.Code == notFound)
        {
            // Somebody, or an earlier attempt, has removed it.
        }
    }

    private static BsonDocument Role(string name) => new() { { "role", name }, { "db", Database } };
}

/// <summary>What a temporary user is for.</summary>
internal enum TemporaryUse
{
    /// <summary>To read: for a validation, or a comparison after the end.</summary>
    Look,

    /// <summary>To be migrated to.</summary>
    BeFilled,

    /// <summary>To be migrated from, after it was migrated to: what is done there is recorded there, too (S29).</summary>
    BeLeft,
}

/// <summary>A temporary user that was found on a cluster.</summary>
/// <param name="Id">Of the migration or validation that it was made for.</param>
/// <param name="Owner">The Hub that has made it; <see langword="null"/> if it does not say.</param>
internal sealed record FoundTemporaryUser(string Id, string? Owner);
