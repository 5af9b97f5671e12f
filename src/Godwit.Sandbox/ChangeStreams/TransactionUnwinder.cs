using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>
/// Turns oplog entries into single operations. A transaction is told at the entry that completes it, with all parts of
/// its chain; parts before that (<c>partialTxn</c>, <c>prepare</c>) give nothing.
/// </summary>
internal sealed class TransactionUnwinder(IChangeStreamHistory history)
{
    internal IEnumerable<OplogOperation> Unwind(RawDocument entry)
    {
        if (entry["op"].AsString != "c")
        {
            return [Single(entry)];
        }

        var command = entry["o"].AsDocument;
        if (command.Has("commitTransaction"))
        {
            return Expand(entry, Chain(entry));
        }

        if (!command.Has("applyOps"))
        {
            return [Single(entry)];
        }

        return command["partialTxn"].IsTruthy() || command["prepare"].IsTruthy()
            ? []
            : Expand(entry, [.. Chain(entry), entry]);
    }

    private static OplogOperation Single(RawDocument entry)
    {
        var time = entry["ts"].AsTimestamp;
        return new(entry, time, entry["wall"], 0, default, default, (time, 0));
    }

    private static IEnumerable<OplogOperation> Expand(RawDocument completing, IReadOnlyList<RawDocument> parts)
    {
        var time = completing["ts"].AsTimestamp;
        var isTransaction = IsTransaction(completing);
        var session = isTransaction ? completing["lsid"] : default;
        var number = isTransaction ? completing["txnNumber"] : default;
        var index = 0;
        foreach (var part in parts)
        {
            var partTime = part["ts"].AsTimestamp;
            var indexInPart = 0;
            foreach (var operation in part["o"].AsDocument["applyOps"].AsDocument)
            {
                var place = (partTime, (long)indexInPart++);
                yield return new(operation.Value.AsDocument, time, completing["wall"], index++, session, number, place);
            }
        }
    }

    /// <summary>A retryable insert of several documents is an applyOps entry too, but no transaction.</summary>
    private static bool IsTransaction(RawDocument entry) =>
        entry.Has("lsid") && entry["multiOpType"].ToInt64() is not 1;

    /// <summary>The earlier parts of the transaction that <paramref name="entry"/> completes, oldest first.</summary>
    private List<RawDocument> Chain(RawDocument entry)
    {
        var parts = new List<RawDocument>();
        if (!IsTransaction(entry))
        {
            return parts;
        }

        for (var link = entry["prevOpTime"]; !link.IsMissing; link = parts[^1]["prevOpTime"])
        {
            var time = link.AsDocument["ts"].AsTimestamp;
            if (time == ClusterTime.Zero)
            {
                break;
            }

            parts.Add(
                history.FindEntry(time)
                    ?? throw new CommandException(
                        ErrorCode.ChangeStreamHistoryLost,
                        "Oplog no longer has history necessary for $changeStream to observe operations from a committed transaction."
                    )
            );
        }

        parts.Reverse();
        return parts;
    }
}
