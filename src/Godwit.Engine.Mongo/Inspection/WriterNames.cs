using System.Security.Cryptography;
using System.Text;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>
/// Tells who wrote (S27). No change event names a user, and of a session only transactions' have one; the oplog entry of a write that can
/// be retried has <c>lsid.uid</c>, which is the SHA-256 of <c>user@database</c>: it is held against users who are connected or known.
/// </summary>
internal static class WriterNames
{
    /// <returns>Names in order; empty where the entries are not found, have no session, or belong to nobody who is known.</returns>
    internal static async Task<IReadOnlyList<string>> FindAsync(
        CommandChannel channel,
        IReadOnlyCollection<ClusterTime> times,
        CancellationToken cancellationToken
    )
    {
        if (times.Count == 0)
        {
            return [];
        }

        var digests = await ReadDigestsAsync(channel, times, cancellationToken).ConfigureAwait(false);
        if (digests.Count == 0)
        {
            return [];
        }

        IEnumerable<string> known =
        [
            .. await ListConnectedAsync(channel, cancellationToken).ConfigureAwait(false),
            .. await ListUsersAsync(channel, cancellationToken).ConfigureAwait(false),
        ];
        return
        [
            .. known
                .Distinct(StringComparer.Ordinal)
                .Where(name => digests.Contains(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)))))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static async Task<HashSet<string>> ReadDigestsAsync(
        CommandChannel channel,
        IReadOnlyCollection<ClusterTime> times,
        CancellationToken cancellationToken
    )
    {
        // Bounds besides the list: by them alone a server finds its place in the oplog.
        var filter = new DocumentBuilder
        {
            {
                "ts",
                new DocumentBuilder
                {
                    { "$gte", times.Min() },
                    { "$lte", times.Max() },
                    { "$in", RawValue.Array(times.Select(time => RawValue.Timestamp(time))) },
                }
            },
        };
        var find = new DocumentBuilder
        {
            { "find", "oplog.rs" },
            { "filter", filter },
            {
                "projection",
                new DocumentBuilder { { "lsid.uid", 1 } }
            },
        };
        var entries = await TryListAsync(channel, "local", find, cancellationToken).ConfigureAwait(false);
        return
        [
            .. entries
                .Select(entry => entry["lsid"])
                .Where(session => session.Type == BsonType.Document)
                .Select(session => session.AsDocument["uid"])
                .Where(digest => digest.Type == BsonType.Binary)
                .Select(digest => Convert.ToHexString(digest.BinaryData.Span)),
        ];
    }

    private static async Task<IEnumerable<string>> ListConnectedAsync(
        CommandChannel channel,
        CancellationToken cancellationToken
    )
    {
        var stage = new DocumentBuilder
        {
            {
                "$currentOp",
                new DocumentBuilder { { "allUsers", true }, { "idleConnections", true } }
            },
        };
        var command = new DocumentBuilder
        {
            { "aggregate", 1 },
            { "pipeline", RawValue.Array([stage]) },
            { "cursor", new DocumentBuilder() },
        };
        var operations = await TryListAsync(channel, "admin", command, cancellationToken).ConfigureAwait(false);
        return operations.SelectMany(one => NamesOf(one["effectiveUsers"]));
    }

    private static async Task<IEnumerable<string>> ListUsersAsync(
        CommandChannel channel,
        CancellationToken cancellationToken
    )
    {
        var all = new DocumentBuilder
        {
            {
                "usersInfo",
                new DocumentBuilder { { "forAllDBs", true } }
            },
        };
        try
        {
            var reply = await channel.AskAsync(Stage.Cutover, "admin", all, cancellationToken).ConfigureAwait(false);
            return [.. NamesOf(reply["users"])];
        }
        catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
        {
            return [];
        }
    }

    private static async Task<IReadOnlyList<RawDocument>> TryListAsync(
        CommandChannel channel,
        string database,
        DocumentBuilder command,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await CursorReader
                .ListAsync(channel, Stage.Cutover, database, command, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
        {
            return [];
        }
    }

    private static IEnumerable<string> NamesOf(RawValue users) =>
        users.Type == BsonType.Array
            ? users
                .AsDocument.Values()
                .Select(one => one.AsDocument)
                .Select(one => $"{one["user"].AsString}@{one["db"].AsString}")
            : [];
}
