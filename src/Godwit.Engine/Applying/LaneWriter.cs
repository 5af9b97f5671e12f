using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Writes items of a lane, in order, one command at a time (S14). A command that is not answered is sent again with the same ticket, if that
/// is harmless; else it counts as not done, and can do nothing any more. Serves one batch after the other.
/// </summary>
internal sealed class LaneWriter(IDestinationCluster destination, RetryPolicy retry)
{
    private readonly StatementBuilder builder = new();

    /// <summary>Writes a batch.</summary>
    /// <param name="items">What it is.</param>
    /// <param name="nextTicket">Gives tickets of the lane's slot, each higher than the one before (S17).</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async IAsyncEnumerable<GroupEnd> WriteAsync(
        List<LaneItem> items,
        Func<WriteTicket> nextTicket,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        builder.Clear();
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(items))
        {
            builder.Add(item);
        }

        yield return new(builder.Untranslatable, AreDone: false);
        foreach (var group in builder.Groups)
        {
            if (group.Statements.Count == 0)
            {
                yield return new(group.Items, AreDone: true);
                continue;
            }

            var end = await TryRemoveAsync(group, nextTicket, cancellationToken);
            yield return end.AreDone ? await SendAsync(group, nextTicket, cancellationToken) : end;
        }
    }

    /// <summary>The first of two steps, where a group takes two.</summary>
    private async Task<GroupEnd> TryRemoveAsync(
        StatementGroup group,
        Func<WriteTicket> nextTicket,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (group.IsInTwoSteps)
            {
                await RemoveAsync(group.ToDeletes(), nextTicket(), cancellationToken);
            }

            return new(group.Items, AreDone: true);
        }
        catch (ClusterException fault) when (IsRefusal(fault))
        {
            return Refused(group, fault);
        }
    }

    private Task<GroupEnd> SendAsync(
        StatementGroup group,
        Func<WriteTicket> nextTicket,
        CancellationToken cancellationToken
    )
    {
        var ticket = nextTicket();
        return retry.RunAsync(token => SendAsync(group, ticket, nextTicket, token), cancellationToken);
    }

    private async Task<GroupEnd> SendAsync(
        StatementGroup group,
        WriteTicket ticket,
        Func<WriteTicket> nextTicket,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var outcome = group is { IsDeleteAndInsert: true, IsInTwoSteps: false }
                ? await destination.WriteInTransactionAsync(ticket, group.ToDeleteAndInsert(), cancellationToken)
                : await destination.WriteAsync(ticket, group.ToCommand(), cancellationToken);
            if (outcome.Errors.Count == 0 && (!group.IsStrict || outcome.Count == group.Statements.Count))
            {
                return new(group.Items, AreDone: true);
            }

            var message = outcome.Errors.Count > 0 ? outcome.Errors[0].Message : "a statement met no document";
            return group.IsStrict
                ? new(group.Items, AreDone: false, new(-1, IsMadeWay: false, MayPass: false, message))
                : await RefusedAsync(group, outcome.Errors[0], nextTicket, cancellationToken);
        }
        catch (ClusterException fault) when (IsRefusal(fault))
        {
            return Refused(group, fault);
        }
        catch (ClusterException lost) when (lost.Kind == FaultKind.Transient && !group.IsRepeatable)
        {
            // Nor may what was sent arrive later, when its documents have been read again (S17).
            var fence = nextTicket();
            await retry.RunAsync(token => destination.FenceAsync(fence, token), cancellationToken);
            return new(group.Items, AreDone: false, new(-1, IsMadeWay: false, MayPass: false, lost.Message));
        }
    }

    private static bool IsRefusal(ClusterException fault) =>
        fault.Kind is FaultKind.DataConflict or FaultKind.Moved or FaultKind.BadRequest;

    private static GroupEnd Refused(StatementGroup group, ClusterException fault) =>
        new(
            group.Items,
            AreDone: false,
            new(-1, IsMadeWay: false, MayPass: fault.Kind == FaultKind.Moved, fault.Message)
        );

    /// <summary>One statement an item, carried out in order: those before it are written, those behind it were not tried.</summary>
    private async Task<GroupEnd> RefusedAsync(
        StatementGroup group,
        StatementError error,
        Func<WriteTicket> nextTicket,
        CancellationToken cancellationToken
    )
    {
        var isTaken = error.Code == ServerCodes.DuplicateKey;
        if (isTaken)
        {
            await MakeWayAsync(group.Items[error.Index], nextTicket(), cancellationToken);
        }

        var mayPass = isTaken && group.IsInTwoSteps && IsOfId(error.KeyValue);
        return new(group.Items, AreDone: false, new(error.Index, isTaken, mayPass, error.Message));
    }

    /// <summary>
    /// A document that was read again has a unique value that another still holds here, whose own change is on its way and may wait
    /// for this one's value in turn. This one goes until then, which frees its value: so a ring of them comes apart (S25).
    /// </summary>
    private Task MakeWayAsync(LaneItem item, WriteTicket ticket, CancellationToken cancellationToken)
    {
        var delete = StatementWriter.DeleteOf(item.Id);
        var command = new WriteCommand(item.Collection.Destination, WriteKind.Delete, delete, Ordered: true);
        return RemoveAsync(command, ticket, cancellationToken);
    }

    /// <summary>Its delete has reached every shard that owns anything, so what has the <c>_id</c> is owned by none (S13).</summary>
    private static bool IsOfId(RawDocument key) => key.Count() == 1 && key.First().NameIs("_id"u8);

    private Task RemoveAsync(WriteCommand deletes, WriteTicket ticket, CancellationToken cancellationToken) =>
        retry.RunAsync(token => destination.WriteAsync(ticket, deletes, token), cancellationToken);
}
