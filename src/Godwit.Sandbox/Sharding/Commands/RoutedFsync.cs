using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// <c>fsync</c> and <c>fsyncUnlock</c>: on the config servers and every shard (cluster_fsync_cmd.cpp, cluster_fsync_unlock_cmd.cpp). Where
/// one of them cannot be locked, those that were are unlocked.
/// </summary>
internal sealed class RoutedFsync(string name) : RoutedCommand(name)
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var locks = context.Body["lock"].IsTruthy();
        var servers = router.Cluster.Servers;
        var body = locks ? CommandBody.With(context.Body, ("forBackup", true)) : context.Body;
        var replies = await Scatter.SendAsync(context, servers, body, null, cancellationToken).ConfigureAwait(false);
        var raw = Scatter.Raw(replies);
        if (Traits.Name == "fsyncUnlock")
        {
            return raw;
        }

        if (locks && raw.Has("errmsg"))
        {
            var locked = replies.Where(entry => entry.Reply["ok"].ToInt64() == 1).Select(entry => entry.Shard).ToList();
            var unlock = new DocumentBuilder { { "fsyncUnlock", 1 } }.Build();
            _ = await Scatter.SendAsync(context, locked, unlock, null, cancellationToken).ConfigureAwait(false);
            Scatter.Check(replies);
        }

        return new DocumentBuilder { { "numFiles", 1 }, { "all", raw["raw"] } }.Build();
    }
}
