using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>Sends one command to several shards and puts the replies together.</summary>
internal static class Scatter
{
    /// <summary>Sends it to each and gives the replies, errors included.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="shards">The shards asked.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="teller">The shard whose change is told by change streams; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="database">The database it is sent to; <see langword="null"/> for the client's.</param>
    /// <param name="isAtOnce">Whether all are asked before the first has answered, so that none knows the time of another's work.</param>
    internal static async ValueTask<List<(ShardServer Shard, RawDocument Reply)>> SendAsync(
        CommandContext context,
        IReadOnlyList<ShardServer> shards,
        RawDocument body,
        string? teller,
        CancellationToken cancellationToken,
        string? database = null,
        bool isAtOnce = false
    )
    {
        var router = context.Member.Router!;
        var replies = new List<(ShardServer Shard, RawDocument Reply)>();
        ClusterTime? sentAt = isAtOnce ? router.Cluster.Clock.Now : null;
        foreach (var shard in shards)
        {
            var routing = new RoutedRequest(router.Table, shard.Name)
            {
                IsMigrating = teller is not null && shard.Name != teller,
                SentAt = sentAt,
            };
            var (_, reply) = await router
                .Transactions.SendAsync(context, shard, context.Request.To(routing, body, database), cancellationToken)
                .ConfigureAwait(false);
            replies.Add((shard, reply));
        }

        return replies;
    }

    /// <summary>Throws the first error among replies.</summary>
    internal static void Check(IEnumerable<(ShardServer Shard, RawDocument Reply)> replies)
    {
        foreach (var (_, reply) in replies)
        {
            CommandBody.Check(reply);
        }
    }

    /// <summary>The reply that shows those of all shards as <c>raw</c>, and fails if one of them does.</summary>
    internal static RawDocument Raw(IReadOnlyList<(ShardServer Shard, RawDocument Reply)> replies)
    {
        var raw = new DocumentBuilder();
        foreach (var (shard, reply) in replies)
        {
            raw.Add(
                shard.ConnectionString,
                CommandBody.Without(reply, "$clusterTime", "operationTime", "topologyVersion", "electionId", "opTime")
            );
        }

        var result = new DocumentBuilder { { "raw", raw } };
        if (
            replies.Select(entry => CommandBody.ErrorOf(entry.Reply)).FirstOrDefault(e => e is not null)
            is not { } error
        )
        {
            return result.Build();
        }

        result.Add("code", (int)error.Code).Add("codeName", error.CodeName);
        return (error.Details is { } details ? result.AddAll(details) : result)
            .Add("ok", 0.0)
            .Add("errmsg", error.Message)
            .Build();
    }
}
