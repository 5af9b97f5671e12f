using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Preflight;
using MongoDB.Bson;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>Who the user is and what it may do.</summary>
internal sealed class AccessInspector(CommandRunner commands)
{
    internal async Task<ClusterFacts> AddAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var status = await commands
            .RunAsync("admin", new() { { "connectionStatus", 1 }, { "showPrivileges", true } }, cancellationToken)
            .ConfigureAwait(false);
        var info = status["authInfo"].AsBsonDocument;
        var user = info["authenticatedUsers"].AsBsonArray.FirstOrDefault()?.AsBsonDocument;
        if (user is null)
        {
            return facts with
            {
                IsAuthorizationEnabled = await RefusesStrangersAsync(cancellationToken).ConfigureAwait(false),
            };
        }

        return facts with
        {
            IsAuthorizationEnabled = true,
            User = $"{user["user"].AsString}@{user["db"].AsString}",
            Mechanisms = await MechanismsAsync(user, cancellationToken).ConfigureAwait(false),
            Actions = info.Contains("authenticatedUserPrivileges")
                ? Actions(info["authenticatedUserPrivileges"].AsBsonArray)
                : null,
            UsersPassingBlock = await new BypassInspector(commands).ListAsync(cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Everybody may ask about themselves.</summary>
    private async Task<IReadOnlyList<string>?> MechanismsAsync(BsonDocument user, CancellationToken cancellationToken)
    {
        var ask = new BsonDocument("usersInfo", new BsonDocument { { "user", user["user"] }, { "db", user["db"] } });
        var reply = await commands.TryRunAsync("admin", ask, cancellationToken).ConfigureAwait(false);
        var found = reply?.GetValue("users", new BsonArray()).AsBsonArray.FirstOrDefault()?.AsBsonDocument;
        return found?.GetValue("mechanisms", BsonNull.Value) is BsonArray all
            ? [.. all.Select(one => one.AsString)]
            : null;
    }

    /// <summary>A user that is not there may list databases only where nobody is asked for a name.</summary>
    private async Task<bool> RefusesStrangersAsync(CancellationToken cancellationToken)
    {
        var list = new BsonDocument
        {
            { "listDatabases", 1 },
            { "nameOnly", true },
            { "authorizedDatabases", false },
        };
        return await commands.TryRunAsync("admin", list, cancellationToken).ConfigureAwait(false) is null;
    }

    /// <summary>What is granted of all that a migration may need; on resources of their own by the names that checks use.</summary>
    private static HashSet<string> Actions(BsonArray privileges)
    {
        var actions = new HashSet<string>(StringComparer.Ordinal);
        foreach (var privilege in privileges.Select(p => p.AsBsonDocument))
        {
            var resource = privilege["resource"].AsBsonDocument;
            foreach (var needed in RequiredPrivileges.Resources.Where(one => Grants.Covers(resource, one)))
            {
                actions.UnionWith(
                    privilege["actions"].AsBsonArray.Select(a => RequiredPrivileges.NameOf(needed, a.AsString))
                );
            }
        }

        return actions;
    }
}
