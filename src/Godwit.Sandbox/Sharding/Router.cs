using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>What a router (mongos) does for its commands: sends requests to shards, by the newest routing table.</summary>
internal sealed class Router(Member member, ShardedCluster cluster)
{
    private const int AttemptsMax = 4;

    /// <summary>The router's process.</summary>
    internal Member Member => member;

    /// <summary>The cluster it routes for.</summary>
    internal ShardedCluster Cluster => cluster;

    /// <summary>The newest routing table.</summary>
    internal RoutingTable Table => cluster.Table;

    /// <summary>The transactions that run through it.</summary>
    internal RoutedTransactions Transactions { get; } = new(cluster);

    /// <summary>The shard of what is not sharded of a database; <see langword="null"/> where there is no such database.</summary>
    internal ShardServer? PrimaryOf(string database) =>
        database is "admin" or "config" ? cluster.Config
        : Table.Database(database) is { } entry ? cluster.Shard(entry.Primary)
        : null;

    /// <summary>The shard where a collection that is not sharded is.</summary>
    internal ShardServer? HomeOf(Namespace ns) =>
        Table.Find(ns) is { IsUnsplittable: true } tracked
            ? cluster.Shard(tracked.Chunks[0].Shard)
            : PrimaryOf(ns.Database);

    /// <summary>The primary shard of a database, which is made where it is missing.</summary>
    internal async ValueTask<ShardServer> EnsureDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        if (PrimaryOf(database) is { } known)
        {
            return known;
        }

        await DatabaseCreation.RunAsync(cluster, database, null, cancellationToken).ConfigureAwait(false);
        return PrimaryOf(database)!;
    }

    /// <summary>Sends a request of a client on to a shard. What can be repeated is, where the shard's primary has gone.</summary>
    internal async ValueTask<(ShardMember Member, RawDocument Reply)> SendAsync(
        CommandContext context,
        ShardServer shard,
        CommandRequest request,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var to = await MemberForAsync(context, shard, cancellationToken).ConfigureAwait(false);
                var reply = await SendToAsync(context, shard, to, request, cancellationToken).ConfigureAwait(false);
                if (
                    attempt == AttemptsMax
                    || !IsRepeatable(context)
                    || !((ErrorCode)(reply["code"].ToInt64() ?? 0)).IsAboutPrimary()
                )
                {
                    return (to, reply);
                }
            }
            catch (CommandException lost)
                when (attempt < AttemptsMax && IsRepeatable(context) && lost.Code.IsAboutPrimary())
            {
                // Asked again below: the read, or the write by its number, is done once at most.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50 * attempt), cluster.Time, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Sends a request to one member, to which a cursor belongs.</summary>
    internal async ValueTask<RawDocument> SendToAsync(
        CommandContext context,
        ShardServer shard,
        ShardMember to,
        CommandRequest request,
        CancellationToken cancellationToken
    )
    {
        var reply = await to.SendAsync(request, ClientOf(context), cancellationToken).ConfigureAwait(false);
        if (reply["operationTime"] is { Type: BsonType.Timestamp } time)
        {
            context.OperationTime = ClusterTime.Max(context.OperationTime, time.AsTimestamp);
        }

        return reply;
    }

    /// <summary>The member of a shard that a request is for, by its read preference.</summary>
    internal static async ValueTask<ShardMember> MemberForAsync(
        CommandContext context,
        ShardServer shard,
        CancellationToken cancellationToken
    ) =>
        context.Generic.AllowsSecondary && PrefersSecondary(context.Body) && !context.Session.IsTransaction
            ? await shard.FindSecondaryAsync(cancellationToken).ConfigureAwait(false)
            : await shard.FindPrimaryAsync(cancellationToken).ConfigureAwait(false);

    private static bool PrefersSecondary(RawDocument body) =>
        body["$readPreference"] is { Type: BsonType.Document } preference
        && preference.AsDocument["mode"] is { Type: BsonType.String } mode
        && mode.AsString is "secondary" or "secondaryPreferred";

    private Client ClientOf(CommandContext context) =>
        new(context.Client.Id, context.Client.Remote, context.Client.Local)
        {
            IsRouter = true,
            IsInternal = true,
            SaidHelloOk = true,
            User = context.Client.User,
            BypassesWriteBlock = member.Authorizer.MayBypassWriteBlock(context.Client),
        };

    private static bool IsRepeatable(CommandContext context) =>
        !context.Session.IsTransaction && (context.Session.IsRetryableWrite || !context.Traits.TakesWriteConcern);
}
