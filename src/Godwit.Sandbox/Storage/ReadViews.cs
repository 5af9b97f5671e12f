using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Storage;

/// <summary>Chooses what a command sees from its read concern and transaction, and waits until the member has it.</summary>
internal static class ReadViews
{
    /// <summary>The view of a command. Dispose it with the cursor.</summary>
    internal static ReadView For(CommandContext context)
    {
        var view = Make(context);
        view.Routing = context.Request.Routing;
        return view;
    }

    private static ReadView Make(CommandContext context)
    {
        var node = context.Node;
        if (context.Statement.Transaction is { } transaction)
        {
            return node.ViewOf(transaction);
        }

        return context.ReadConcern.Level switch
        {
            ReadConcernLevel.Snapshot => node.ViewAt(SnapshotTime(context)),
            ReadConcernLevel.Majority or ReadConcernLevel.Linearizable => node.MajorityView(),
            _ => node.View(),
        };
    }

    /// <summary>What a write looks at to find its documents: the newest data, or its transaction's.</summary>
    internal static ReadView ForWrite(CommandContext context)
    {
        var view = context.Statement.Transaction is { } transaction
            ? context.Node.ViewOf(transaction)
            : context.Node.View();
        view.Routing = context.Request.Routing;
        return view;
    }

    /// <summary>The time a reply tells as <c>atClusterTime</c>; <see langword="null"/> where the read is no snapshot read.</summary>
    internal static ClusterTime? ToldTime(CommandContext context, ReadView view) =>
        context.Statement.Transaction is null && context.ReadConcern.Level == ReadConcernLevel.Snapshot
            ? view.Time
            : null;

    /// <summary>Waits until the member has come to the times a read concern names.</summary>
    internal static async ValueTask WaitAsync(
        Node node,
        ReadConcern concern,
        bool isPrimary,
        CancellationToken cancellationToken
    )
    {
        if (concern.AfterClusterTime is { } after)
        {
            CheckNotAhead(node, after, "afterClusterTime");
            await ReachAsync(node, after, isPrimary, concern.Level == ReadConcernLevel.Majority, cancellationToken)
                .ConfigureAwait(false);
        }

        if (concern.AtClusterTime is { } at)
        {
            CheckNotAhead(node, at, "atClusterTime");
            await ReachAsync(node, at, isPrimary, isMajority: true, cancellationToken).ConfigureAwait(false);
            if (isPrimary)
            {
                await node.Transactions.EndOfPreparedAsync(at).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static ClusterTime SnapshotTime(CommandContext context) =>
        context.ReadConcern.AtClusterTime
        ?? ClusterTime.Max(context.Node.MajorityTime, context.ReadConcern.AfterClusterTime ?? ClusterTime.Zero);

    private static async ValueTask ReachAsync(
        Node node,
        ClusterTime time,
        bool isPrimary,
        bool isMajority,
        CancellationToken cancellationToken
    )
    {
        if (isPrimary && node.LastApplied.Time < time)
        {
            _ = node.AppendNoOp(new DocumentBuilder { { "msg", "noop write for read concern" } }.Build());
        }

        await node
            .Changed.WaitAsync(
                () => (isMajority ? node.MajorityTime : node.LastApplied.Time) >= time,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static void CheckNotAhead(Node node, ClusterTime time, string field)
    {
        var now = node.Clock.Now;
        if (time > now)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                $"readConcern {field} value must not be greater than the current clusterTime. Requested clusterTime: {Show(time)}; current clusterTime: {Show(now)}"
            );
        }
    }

    private static string Show(ClusterTime time) => $"{{ ts: Timestamp({time.Seconds}, {time.Increment}) }}";
}
