using System.Globalization;
using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What was done to the metadata, as <c>config.changelog</c> tells it, and what the balancer did, in <c>config.actionlog</c>
/// (sharding_logging.cpp; sessions-sharded/sharded_handshake, step 38).
/// </summary>
internal static class ChangeLog
{
    /// <summary>Adds an entry to a change.</summary>
    internal static void Add(
        MetadataChange change,
        string what,
        string ns,
        RawDocument details,
        string shard = "config",
        bool isAction = false
    )
    {
        var now = change.Member.Time.GetUtcNow();
        var server = Environment.MachineName;
        var time = now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff+00:00", CultureInfo.InvariantCulture);
        var unique = Convert.ToHexStringLower(ObjectIds.New(change.Member.Time).Bytes.Span);
        change.Put(
            isAction ? ConfigNames.ActionLog : ConfigNames.ChangeLog,
            new DocumentBuilder
            {
                { "_id", $"{server}-{time}-{unique}" },
                { "server", server },
                { "shard", shard },
                { "clientAddr", "" },
                { "time", RawValue.DateTime(now) },
                { "what", what },
                { "ns", ns },
                { "details", details },
            }.Build()
        );
    }

    /// <summary>Writes an entry of its own.</summary>
    internal static async ValueTask WriteAsync(
        ShardedCluster cluster,
        string what,
        string ns,
        RawDocument details,
        string shard,
        CancellationToken cancellationToken
    ) =>
        _ = await cluster
            .ChangeAsync(change => Add(change, what, ns, details, shard), cancellationToken)
            .ConfigureAwait(false);
}
