using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Transactions;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// The state of one member: its data, catalog, oplog and clock. Writers take <see cref="WriteLock"/>, read, collect a
/// <see cref="WriteUnit"/> and commit it; readers take a <see cref="ReadView"/> and need no lock.
/// </summary>
internal sealed class Node : IDisposable
{
    /// <summary>Where <see cref="LastApplied"/> is kept.</summary>
    internal static readonly byte[] AppliedKey = "applied"u8.ToArray();

    /// <summary>Where it is counted how often the member has rolled back.</summary>
    internal static readonly byte[] RollbacksKey = "rollbacks"u8.ToArray();

    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(60);

    private readonly bool isTemporary;
    private bool isDisposed;
    private readonly ITimer trimming;
    private readonly History history;
    private OpTime lastApplied = OpTime.None;
    private OpTime commitPoint = OpTime.None;
    private DateTimeOffset checkpointed;
    private readonly Lock timesGate = new();

    private Node(NodeOptions options, string directory)
    {
        Options = options;
        isTemporary = options.DataDirectory is null;
        Engine = StorageEngine.Open(directory);
        Clock = options.Clock ?? new(options.Time);
        Catalog = new(Engine);
        Sizes = new(Engine);
        Multikey = new(Engine);
        Oplog = new(this);
        history = new(this);
        Transactions = new(this);
        WriteBlock = new(this);
        Builds = new(this);
        if (Engine.Get(Family.Meta, AppliedKey) is { } stored)
        {
            var document = new RawDocument(stored);
            lastApplied = new(document["ts"].AsTimestamp, document["t"].AsInt64);
            Clock.Advance(lastApplied.Time);
        }

        (LastCheckpoint, checkpointed) = (lastApplied.Time, options.Time.GetUtcNow());
        trimming = options.Time.CreateTimer(_ => Maintain(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
    }

    /// <summary>How the member keeps its data.</summary>
    internal NodeOptions Options { get; }

    /// <summary>The store beneath.</summary>
    internal StorageEngine Engine { get; }

    /// <summary>The catalog over time.</summary>
    internal CatalogHistory Catalog { get; }

    /// <summary>Counters of collections.</summary>
    internal CollectionSizes Sizes { get; }

    /// <summary>Which indexes have several keys for one document.</summary>
    internal MultikeyMarks Multikey { get; }

    /// <summary>Sessions with numbers: retryable writes and transactions.</summary>
    internal TransactionTable Transactions { get; }

    /// <summary>Buckets of time-series collections that take further measurements.</summary>
    internal TimeSeries.OpenBuckets OpenBuckets { get; } = new();

    /// <summary>Index builds that are not finished.</summary>
    internal IndexBuilds Builds { get; }

    /// <summary>Keys written by open transactions.</summary>
    internal Claims Claims { get; } = new();

    /// <summary>Whether users may write.</summary>
    internal WriteBlock WriteBlock { get; }

    /// <summary>The oplog.</summary>
    internal Oplog Oplog { get; }

    /// <summary>The cluster time.</summary>
    internal LogicalClock Clock { get; }

    /// <summary>Held while a write reads, decides and commits: one writer at a time.</summary>
    internal Lock WriteLock { get; } = new();

    /// <summary>Raised when <see cref="LastApplied"/> or <see cref="CommitPoint"/> has moved.</summary>
    internal ChangeSignal Changed { get; } = new();

    /// <summary>The term stamped on entries written here.</summary>
    internal long Term { get; set; } = 1;

    /// <summary>Whether entries may be written here: not on a member that is not primary. Changed with the write lock held.</summary>
    internal bool AcceptsWrites { get; set; } = true;

    /// <summary>How far back reads at a time may go.</summary>
    internal TimeSpan HistoryWindow { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>The oldest time that can still be read.</summary>
    internal ClusterTime OldestReadable
    {
        get
        {
            var seconds = (uint)HistoryWindow.TotalSeconds;
            var last = LastApplied.Time;
            var byWindow = last.Seconds > seconds ? new ClusterTime(last.Seconds - seconds, 0) : ClusterTime.Zero;
            return ClusterTime.Max(byWindow, history.Horizon);
        }
    }

    /// <summary>What a majority had at the last checkpoint. They come a minute apart, as those of a server; here nothing depends on them.</summary>
    internal ClusterTime LastCheckpoint { get; private set; }

    /// <summary>The last operation applied here.</summary>
    internal OpTime LastApplied
    {
        get
        {
            lock (timesGate)
            {
                return lastApplied;
            }
        }
    }

    /// <summary>The last operation a majority has; set by replication. Readers of majority-committed data see no further.</summary>
    internal OpTime CommitPoint
    {
        get
        {
            lock (timesGate)
            {
                return commitPoint;
            }
        }
        set
        {
            lock (timesGate)
            {
                if (value.Time <= commitPoint.Time)
                {
                    return;
                }

                commitPoint = value;
            }

            Changed.Raise();
        }
    }

    /// <summary>How often the member has rolled back.</summary>
    internal static int ReadRollbacks(StorageEngine engine) =>
        engine.Get(Family.Meta, RollbacksKey) is { } stored ? BitConverter.ToInt32(stored) : 0;

    /// <summary>The rollback id: one more with every rollback, so that others notice that history has changed.</summary>
    internal int RollbackId => 1 + ReadRollbacks(Engine);

    /// <summary>Opens a member's data, as its last process left them.</summary>
    internal static Node Open(NodeOptions options)
    {
        var node = new Node(
            options,
            options.DataDirectory ?? System.IO.Directory.CreateTempSubdirectory("godwit-sandbox-").FullName
        );
        if (options.ReplicaSet is not null)
        {
            SystemCollections.EnsureOplog(node);
        }

        return node;
    }

    /// <summary>A document of the newest data by its <c>_id</c>.</summary>
    internal RawDocument? Find(Namespace ns, RawValue id)
    {
        // Most often there is none, and every write asks.
        if (Catalog.Latest.Find(ns) is not { } latest || Sizes[latest.Ident].Records == 0)
        {
            return null;
        }

        using var view = View();
        return view.Catalog.Find(ns) is { } collection
            ? new CollectionReader(view, collection).FindById(id)?.Document
            : null;
    }

    /// <summary>A view of the newest data.</summary>
    internal ReadView View(WriteUnit? unit = null) => new(this, null, () => LastApplied.Time, unit);

    /// <summary>Up to where a majority has everything; a standalone is its own majority.</summary>
    internal ClusterTime MajorityTime => Options.ReplicaSet is null ? LastApplied.Time : CommitPoint.Time;

    /// <summary>A view of what a majority has.</summary>
    internal ReadView MajorityView() => new(this, null, () => MajorityTime, null);

    /// <summary>What a transaction sees: the data at its snapshot, and its own changes.</summary>
    internal ReadView ViewOf(TransactionState transaction) =>
        new(this, transaction.Snapshot, () => transaction.Snapshot, transaction.Unit) { Used = transaction.Used };

    /// <summary>A view of the data at a time.</summary>
    internal ReadView ViewAt(ClusterTime time) => new(this, time, () => time, null);

    /// <summary>
    /// Commits a unit with its oplog entries in one batch; the data get the time of the last entry. Without entries (unreplicated
    /// data) the clock stands still. Call with <see cref="WriteLock"/> held.
    /// </summary>
    internal OpTime Commit(WriteUnit unit, params IReadOnlyList<OplogDraft> drafts) => Commit(unit, null, drafts);

    /// <summary>Commits a unit with its entries; its data get an earlier time, if one is given.</summary>
    internal OpTime Commit(WriteUnit unit, ClusterTime? dataTime, IReadOnlyList<OplogDraft> drafts)
    {
        if (drafts.Count > 0 && !AcceptsWrites)
        {
            throw new CommandException(ErrorCode.InterruptedDueToReplStateChange, "operation was interrupted");
        }

        var entries = new List<(OpTime Time, RawDocument Entry)>(drafts.Count);
        var time = LastApplied;
        foreach (var draft in drafts)
        {
            var previous = time;
            time = new(Clock.Tick(), Term);
            var timed = draft.IsChained ? draft with { Previous = previous } : draft;
            entries.Add((time, timed.Build(time, Options.Time.GetUtcNow())));
        }

        Commit(unit, time, entries, dataTime);
        return time;
    }

    /// <summary>Commits a unit at a time given by someone else, with entries as they came (a secondary applying).</summary>
    /// <param name="unit">What is written.</param>
    /// <param name="time">The time of the last entry.</param>
    /// <param name="entries">The entries.</param>
    /// <param name="dataTime">The time the data get, where that is an earlier one: of a prepared transaction.</param>
    internal void Commit(
        WriteUnit unit,
        OpTime time,
        IReadOnlyList<(OpTime Time, RawDocument Entry)> entries,
        ClusterTime? dataTime = null
    )
    {
        Options.Disk?.BeforeWrite();
        foreach (var stamp in unit.Stamping)
        {
            stamp(time);
        }

        using var batch = new RocksDbSharp.WriteBatch();
        history.Store(batch, unit, dataTime ?? time.Time);
        if (Options.ReplicaSet is not null)
        {
            Oplog.Store(batch, entries);
        }

        Sizes.Store(batch, unit.Sizes);
        if (unit.CatalogChanges.Count > 0)
        {
            Catalog.Store(batch, unit.CatalogChanges, time.Time);
        }

        Engine.Put(batch, Family.Meta, AppliedKey, time.ToDocument().Bytes.Span);
        Engine.Write(batch);
        Clock.Advance(time.Time);
        if (unit.CatalogChanges.Count > 0)
        {
            Catalog.Publish(unit.CatalogChanges, time.Time);
        }

        lock (timesGate)
        {
            lastApplied = time;
        }

        Changed.Raise();
    }

    /// <summary>Writes an entry that changes nothing.</summary>
    internal OpTime AppendNoOp(RawDocument message)
    {
        lock (WriteLock)
        {
            return Commit(new WriteUnit(), new OplogDraft("n", "", message));
        }
    }

    /// <summary>Applies oplog entries of another member, with their times, and keeps them.</summary>
    internal void ApplyOplogEntries(IReadOnlyList<RawDocument> entries) => new OplogApplier(this).Apply(entries);

    /// <summary>How often its indexes are used.</summary>
    internal IndexUses IndexUses { get; } = new();

    /// <summary>Removes what lies behind the history window; returns how many versions went.</summary>
    internal long TrimHistory() => history.Trim();

    private void Maintain()
    {
        Transactions.AbortExpired();
        lock (WriteLock)
        {
            // A timer's last call may come after its end.
            if (!isDisposed)
            {
                _ = TrimHistory();
                if (Options.Time.GetUtcNow() - checkpointed >= CheckpointInterval)
                {
                    Checkpoint();
                }
            }
        }
    }

    /// <summary>Makes what a majority has the last checkpoint.</summary>
    internal void Checkpoint() => (LastCheckpoint, checkpointed) = (MajorityTime, Options.Time.GetUtcNow());

    /// <summary>Closes the data. No command may be running.</summary>
    public void Dispose()
    {
        trimming.Dispose();
        lock (WriteLock)
        {
            isDisposed = true;
            Engine.Dispose();
        }

        if (isTemporary)
        {
            System.IO.Directory.Delete(Engine.Directory, recursive: true);
        }
    }
}
