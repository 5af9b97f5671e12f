using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary>The times at the end of every reply of a replica-set member, from which clients keep causal order.</summary>
internal static class ClusterTimeGossip
{
    private static readonly RawDocument UnsignedSignature = new DocumentBuilder
    {
        { "hash", RawValue.Binary(new byte[20]) },
        { "keyId", 0L },
    }.Build();

    /// <summary>The times of a router's reply: of the shards that were asked.</summary>
    internal static DocumentBuilder AppendRouted(DocumentBuilder reply, Member router, CommandContext? context)
    {
        var now = router.Node.Clock.Now;
        var operation = context?.OperationTime ?? ClusterTime.Zero;
        return reply
            .Add("$clusterTime", Shown(now))
            .Add("operationTime", operation == ClusterTime.Zero ? now : operation);
    }

    /// <summary>Appends <c>$clusterTime</c> and <c>operationTime</c>.</summary>
    internal static DocumentBuilder Append(DocumentBuilder reply, Member member, GenericArguments generic)
    {
        var applied = member.Node.LastApplied.Time;
        var isMajority = generic.ReadConcern.Level is ReadConcernLevel.Majority or ReadConcernLevel.Snapshot;
        return reply
            .Add("$clusterTime", Shown(ClusterTime.Max(applied, member.Node.Clock.Now)))
            .Add("operationTime", isMajority ? ClusterTime.Min(applied, member.Node.CommitPoint.Time) : applied);
    }

    private static DocumentBuilder Shown(ClusterTime time) =>
        new() { { "clusterTime", time }, { "signature", UnsignedSignature } };
}
