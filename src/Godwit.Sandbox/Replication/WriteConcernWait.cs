using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>Waits until as many members have a write as its concern asks for.</summary>
internal static class WriteConcernWait
{
    /// <summary>Waits as the command's write concern says.</summary>
    internal static ValueTask<RawDocument?> RunAsync(CommandContext context, CancellationToken cancellationToken) =>
        RunAsync(context, context.Generic.WriteConcern ?? context.Member.Defaults.Write, cancellationToken);

    /// <summary>Waits for the newest operation of the member; gives the <c>writeConcernError</c>, or nothing.</summary>
    internal static async ValueTask<RawDocument?> RunAsync(
        CommandContext context,
        WriteConcern concern,
        CancellationToken cancellationToken
    )
    {
        if (context.Member.Replica is not { } replica || concern.IsUnacknowledged || concern.Members == 1)
        {
            return null;
        }

        var target = context.Node.LastApplied;
        var config = replica.Config;
        if (concern.Mode is { } mode && mode != "majority" && config.Settings.Modes[mode].IsMissing)
        {
            return Error(
                concern,
                79,
                "UnknownReplWriteConcern",
                $"No write concern mode named '{mode}' found in replica set configuration",
                isTimeout: false
            );
        }

        var tags = TagsOf(concern, config);
        foreach (var tag in tags ?? RawDocument.Empty)
        {
            if (!config.Members.Any(member => member.Tags.Has(tag.Name)))
            {
                return Error(concern, 4, "NoSuchKey", $"No replica set tag key {tag.Name} in config", isTimeout: false);
            }
        }

        if (
            concern.Members > config.Members.Count(member => !member.IsArbiter)
            || (tags is { } wanted && !IsSatisfied(wanted, config.Members))
        )
        {
            return Error(concern, 100, "UnsatisfiableWriteConcern", "Not enough data-bearing nodes", isTimeout: false);
        }

        return await WaitAsync(context, replica, concern, target, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<RawDocument?> WaitAsync(
        CommandContext context,
        ReplicaMember replica,
        WriteConcern concern,
        OpTime target,
        CancellationToken cancellationToken
    )
    {
        replica.AdvanceCommitPoint();
        if (IsReached(context, replica, concern, target))
        {
            return null;
        }

        using var deadline =
            concern.Timeout > TimeSpan.Zero
                ? new CancellationTokenSource(concern.Timeout, context.Member.Time)
                : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await replica
                .ProgressChanged.WaitAsync(
                    () => replica.State != MemberState.Primary || IsReached(context, replica, concern, target),
                    either.Token
                )
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return Error(concern, 64, "WriteConcernTimeout", "waiting for replication timed out", isTimeout: true);
        }
        catch (OperationCanceledException)
            when (context.Operation.KillReason == ErrorCode.InterruptedDueToReplStateChange)
        {
            // The write itself is done; that the member stepped down is told beside its result.
        }

        return IsReached(context, replica, concern, target)
            ? null
            : Error(
                concern,
                189,
                "PrimarySteppedDown",
                "Primary stepped down while waiting for replication",
                isTimeout: false
            );
    }

    private static bool IsReached(CommandContext context, ReplicaMember replica, WriteConcern concern, OpTime target)
    {
        var tags = TagsOf(concern, replica.Config);
        if (concern.Members is null && tags is null)
        {
            return context.Node.CommitPoint.Time >= target.Time && context.Node.CommitPoint.Term >= target.Term;
        }

        var progress = replica.Progress;
        var reached = replica
            .Config.Members.Where(member =>
                !member.IsArbiter
                && replica.Network.SlotOf(member.Host) is >= 0 and var slot
                && progress[slot].Time >= target.Time
                && progress[slot].Term >= target.Term
            )
            .ToList();
        return tags is { } wanted ? IsSatisfied(wanted, reached) : reached.Count >= concern.Members;
    }

    private static RawDocument? TagsOf(WriteConcern concern, ReplicaConfig config) =>
        concern.Mode is { } mode and not "majority" ? config.Settings.Modes[mode].AsDocument : concern.Tags;

    // As many different values of each tag as are asked for.
    private static bool IsSatisfied(RawDocument tags, IReadOnlyCollection<MemberConfig> members) =>
        tags.All(tag =>
            members
                .Select(member => member.Tags[tag.Name])
                .Where(value => value.Type == BsonType.String)
                .Select(value => value.AsString)
                .Distinct(StringComparer.Ordinal)
                .Count() >= (tag.Value.ToInt64() ?? 0)
        );

    private static RawDocument Error(WriteConcern concern, int code, string name, string message, bool isTimeout)
    {
        var info = new DocumentBuilder();
        if (isTimeout)
        {
            info.Add("wtimeout", true);
        }

        return new DocumentBuilder
        {
            { "code", code },
            { "codeName", name },
            { "errmsg", message },
            { "errInfo", info.Add("writeConcern", concern.ToDocument()) },
        }.Build();
    }
}
