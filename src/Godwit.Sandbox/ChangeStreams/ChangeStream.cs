using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>
/// One open change stream: a position in the oplog, or in those of all shards, and the events made from there on, in one order. Pulled
/// by one cursor at a time; it never waits, the cursor does. Events reach as far as the majority commit point of every oplog.
/// </summary>
internal sealed class ChangeStream
{
    /// <summary>Events made at one reading: every reading looks at each oplog, and reads far ahead there.</summary>
    private const int MadeMax = 500;

    private readonly ChangeStreamSpecification specification;
    private readonly IReadOnlyList<IChangeStreamHistory> histories;
    private readonly Func<RawDocument, RawDocument?> pipeline;
    private readonly bool splitsLargeEvents;
    private readonly List<TransactionUnwinder> unwinders;
    private readonly ChangeEventBuilder builder;
    private readonly ChangeEventWriter writer;
    private readonly Queue<(ChangeEvent Change, IChangeStreamHistory Origin)> made = new();
    private readonly Queue<RawDocument> ready = new();
    private ClientResumeToken? searched;
    private ClusterTime next;
    private RawDocument lastToken;

    /// <summary>Opens a stream.</summary>
    /// <param name="specification">The parsed stage.</param>
    /// <param name="history">The node's history.</param>
    /// <param name="pipeline">The stages after <c>$changeStream</c>: a document, or <see langword="null"/> if they drop it.</param>
    /// <param name="splitsLargeEvents">Whether <c>$changeStreamSplitLargeEvent</c> ends the pipeline.</param>
    /// <exception cref="CommandException">The history the stream would need is gone (286).</exception>
    internal ChangeStream(
        ChangeStreamSpecification specification,
        IChangeStreamHistory history,
        Func<RawDocument, RawDocument?> pipeline,
        bool splitsLargeEvents
    )
        : this(specification, [history], pipeline, splitsLargeEvents) { }

    /// <summary>Opens a stream over the oplogs of several shards.</summary>
    internal ChangeStream(
        ChangeStreamSpecification specification,
        IReadOnlyList<IChangeStreamHistory> histories,
        Func<RawDocument, RawDocument?> pipeline,
        bool splitsLargeEvents
    )
    {
        this.specification = specification;
        this.histories = histories;
        this.pipeline = pipeline;
        this.splitsLargeEvents = splitsLargeEvents;
        unwinders = [.. histories.Select(history => new TransactionUnwinder(history))];
        builder = new(specification);
        writer = new(specification, FindCurrent);
        next =
            specification.Token?.ClusterTime
            ?? specification.StartAtOperationTime
            ?? histories.Select(history => history.LastApplied).Aggregate(ClusterTime.Max).Next();
        searched = specification.Token is { IsHighWaterMark: false } token ? token : null;
        lastToken = specification.Token?.ToDocument() ?? ResumeToken.HighWaterMark(next).ToDocument();
        CheckHistory();
        CheckFragment();
    }

    /// <summary>
    /// The token to resume from when all that <see cref="TryNext"/> gave has been returned: the last event's, or a
    /// high-water mark of what has been looked at without finding any.
    /// </summary>
    internal RawDocument PostBatchResumeToken => lastToken;

    /// <summary>
    /// Called before anything is read: whoever gave the histories adds those of shards that have joined since, in which nothing can have
    /// happened yet.
    /// </summary>
    internal Action Joining { private get; set; } = () => { };

    /// <summary>What every oplog's majority has.</summary>
    internal ClusterTime CommitPoint => histories.Select(history => history.CommitPoint).Aggregate(ClusterTime.Min);

    /// <summary>The commit point up to which nothing is left to read.</summary>
    internal ClusterTime ScannedThrough { get; private set; }

    /// <summary>Whether the stream has told its end: no further event can come.</summary>
    internal bool IsInvalidated { get; private set; }

    /// <summary>Has histories that lie elsewhere fetch what comes next, once all that was fetched has been given.</summary>
    internal async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (made.Count > 0 || ready.Count > 0)
        {
            return;
        }

        foreach (var history in histories)
        {
            await history.PrepareAsync(next, cancellationToken).ConfigureAwait(false);
        }

        await LookUpAsync(cancellationToken).ConfigureAwait(false);
    }

    // A document that has been updated on one shard may lie on another by now.
    private async ValueTask LookUpAsync(CancellationToken cancellationToken)
    {
        var shards = histories.OfType<Sharding.ShardHistory>().ToList();
        foreach (var shard in shards.Where(shard => shard.Missing.Count > 0))
        {
            foreach (var other in shards.Where(other => other != shard))
            {
                await other.LookUpAsync(shard.Missing, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The next event that is there now; <see langword="false"/> when everything up to the commit point has been seen.</summary>
    internal bool TryNext(out RawDocument change)
    {
        while (ready.Count == 0)
        {
            if (made.Count == 0 && !ReadAhead())
            {
                change = default;
                return false;
            }

            if (made.TryDequeue(out var candidate))
            {
                Deliver(candidate.Change, candidate.Origin);
            }
        }

        change = ready.Dequeue();
        lastToken = change["_id"].AsDocument;
        IsInvalidated =
            ready.Count == 0
            && change["operationType"] is { Type: BsonType.String } type
            && type.AsString == "invalidate";
        return true;
    }

    /// <summary>Reads entries until they have given some events; advances the high-water mark over those that give none.</summary>
    private bool ReadAhead()
    {
        if (IsInvalidated)
        {
            return false;
        }

        Joining();
        unwinders.AddRange(histories.Skip(unwinders.Count).Select(history => new TransactionUnwinder(history)));
        // The limit is taken once: an entry committed while this runs must not hide below the mark that follows.
        var limit = CommitPoint;
        foreach (var group in Grouped(limit))
        {
            next = group[0].Entry["ts"].AsTimestamp.Next();
            var isLast = false;
            foreach (var (change, origin) in EventsOf(group))
            {
                made.Enqueue((change, origin));
                isLast |= change.IsInvalidate;
            }

            if (isLast || made.Count >= MadeMax)
            {
                return true;
            }
        }

        if (made.Count > 0)
        {
            return true;
        }

        ScannedThrough = limit;
        var mark = ResumeToken.HighWaterMark(limit);
        if (searched is not null && limit > searched.ClusterTime)
        {
            throw TokenNotFound(mark.ToData());
        }

        if (string.CompareOrdinal(mark.ToData(), lastToken["_data"].AsString) > 0)
        {
            lastToken = mark.ToDocument();
        }

        return false;
    }

    /// <summary>The entries of all oplogs in the order of their times; those of one time together.</summary>
    private IEnumerable<List<(RawDocument Entry, int History)>> Grouped(ClusterTime limit)
    {
        var heads = new PriorityQueue<(IEnumerator<RawDocument> Entries, int History), (ulong, int)>();
        for (var i = 0; i < histories.Count; i++)
        {
            Push(heads, histories[i].Read(next, limit).GetEnumerator(), i);
        }

        var group = new List<(RawDocument Entry, int History)>();
        while (heads.TryDequeue(out var head, out var place))
        {
            if (group.Count > 0 && group[0].Entry["ts"].AsTimestamp.Packed != place.Item1)
            {
                yield return group;
                group = [];
            }

            group.Add((head.Entries.Current, head.History));
            Push(heads, head.Entries, head.History);
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private static void Push(
        PriorityQueue<(IEnumerator<RawDocument> Entries, int History), (ulong, int)> heads,
        IEnumerator<RawDocument> entries,
        int history
    )
    {
        if (entries.MoveNext())
        {
            heads.Enqueue((entries, history), (entries.Current["ts"].AsTimestamp.Packed, history));
        }
    }

    /// <summary>The events of one time: those of several shards in the order of their tokens, which is the order of the stream.</summary>
    private IEnumerable<(ChangeEvent Change, IChangeStreamHistory Origin)> EventsOf(
        List<(RawDocument Entry, int History)> group
    )
    {
        var events =
            from part in @group
            from operation in unwinders[part.History].Unwind(part.Entry)
            from change in builder.Build(operation)
            select (change, histories[part.History]);
        return group.Count == 1 ? events : events.OrderBy(made => made.change.Token.ToData(), StringComparer.Ordinal);
    }

    private RawDocument? FindCurrent(Namespace ns, RawDocument documentKey)
    {
        foreach (var history in histories)
        {
            if (history.FindCurrent(ns, documentKey) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private void Deliver(ChangeEvent change, IChangeStreamHistory origin)
    {
        var firstFragment = 0;
        if (searched is not null && Swallows(change, searched, out firstFragment))
        {
            return;
        }

        var document = writer.Write(change, origin);
        var passed = change.IsInvalidate ? document : pipeline(document);
        if (passed is not { } kept)
        {
            return;
        }

        if (kept["_id"] != document["_id"])
        {
            throw ModifiedToken(document["_id"], kept["_id"]);
        }

        if (!splitsLargeEvents || !LargeEventSplitter.NeedsSplit(kept, change.Token))
        {
            ready.Enqueue(firstFragment == 0 ? LargeEventSplitter.Fitting(kept) : throw NoSuchFragment());
            return;
        }

        var fragments = LargeEventSplitter.Split(kept, change.Token);
        if (firstFragment > fragments.Count)
        {
            throw NoSuchFragment();
        }

        foreach (var fragment in fragments.Skip(firstFragment))
        {
            ready.Enqueue(fragment);
        }
    }

    /// <summary>While the client's token is searched: whether this event is before it or at it, so that the client has it.</summary>
    private bool Swallows(ChangeEvent change, ClientResumeToken token, out int firstFragment)
    {
        firstFragment = 0;
        var data = change.Token.ToData();
        var order = string.CompareOrdinal(data, token.Data);
        if (order == 0)
        {
            searched = null;
            return true;
        }

        if (token.IsFragmentOf(change.Token, out var fragment))
        {
            searched = null;
            firstFragment = fragment + 1;
            return false;
        }

        return order < 0 ? true : throw TokenNotFound(data);
    }

    private void CheckHistory()
    {
        foreach (var history in histories)
        {
            CheckHistory(history);
        }
    }

    private void CheckHistory(IChangeStreamHistory history)
    {
        var needed = specification.Token?.ClusterTime ?? specification.StartAtOperationTime;
        if (needed is null || history.OldestEntry() is not { } oldest || oldest["ts"].AsTimestamp <= needed)
        {
            return;
        }

        // An oplog that still has its very first entry has lost nothing, however early the start.
        if (oldest["o"].AsDocument["msg"] is { Type: BsonType.String } text && text.AsString == "initiating set")
        {
            return;
        }

        throw new CommandException(
            ErrorCode.ChangeStreamHistoryLost,
            "Resume of change stream was not possible, as the resume point may no longer be in the oplog."
        )
        {
            Labels = { "NonResumableChangeStreamError" },
        };
    }

    /// <summary>A token that names a part of an event is of use only to a stream that splits events.</summary>
    internal void CheckFragment()
    {
        if (searched is null || splitsLargeEvents)
        {
            return;
        }

        var tokens =
            from history in histories
            from entry in history.Read(next, searched.ClusterTime)
            from operation in new TransactionUnwinder(history).Unwind(entry)
            from change in builder.Build(operation)
            select change.Token;
        if (tokens.Any(token => searched.IsFragmentOf(token, out _)))
        {
            throw Fatal(
                "To resume from a split event, the $changeStream pipeline must include a $changeStreamSplitLargeEvent stage"
            );
        }
    }

    private static CommandException NoSuchFragment() =>
        Fatal(
            "Attempted to resume from a split event fragment, but the event in the resumed stream was not large enough to be split"
        );

    private static CommandException TokenNotFound(string found) =>
        Fatal($"cannot resume stream; the resume token was not found. {{_data: \"{found}\"}}");

    private static CommandException ModifiedToken(RawValue expected, RawValue found) =>
        Fatal(
            "Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the _id field of an event makes it impossible to resume the stream from that point. Only transformations that retain the unmodified _id field are allowed. Expected: "
                + $"{expected} but found: {found}"
        );

    private static CommandException Fatal(string message) =>
        new(ErrorCode.ChangeStreamFatalError, $"PlanExecutor error during aggregation :: caused by :: {message}")
        {
            Labels = { "NonResumableChangeStreamError" },
        };
}
