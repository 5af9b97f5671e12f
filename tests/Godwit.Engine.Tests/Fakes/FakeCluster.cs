using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>
/// Both ports in memory, with full history: snapshots of any past time, change events in order, write sessions that refuse lower
/// numbers, writes that are lost, doubled or late as the faults say. Knows nothing of the engine's decisions.
/// </summary>
internal sealed partial class FakeCluster(string name, FakeFaults faults) : ISourceCluster, IDestinationCluster
{
    private const int BatchDocuments = 7;
    private readonly FakeFaults faults = faults;
    private readonly Lock gate = new();
    private readonly List<(ClusterTime Time, FakeState State)> history = [(new(1000, 1), FakeState.Empty)];
    private readonly List<RawDocument> events = [];
    private readonly Dictionary<Guid, (long Number, WriteOutcome? Outcome)> sessions = [];
    private readonly long startedAt = TimeProvider.System.GetTimestamp();
    private ClusterTime now = new(1000, 1);
    private ClusterTime oldestSnapshot = ClusterTime.Zero;
    private int uuids;
    private int streamGeneration;
    private (Guid Collection, RawValue Id)? refused;

    internal FakeState State { get; private set; } = FakeState.Empty;

    internal bool IsBlocked { get; private set; }

    /// <summary>Whether the engine's user may block writes of others, and passes the block.</summary>
    internal bool CanBlock { get; set; }

    /// <summary>Held up before a write block is put or lifted.</summary>
    internal Func<bool, Task>? OnBlock { get; set; }

    /// <summary>How often the document given to <see cref="Refuse"/> is still refused.</summary>
    internal int RefusalsLeft { get; private set; }

    /// <summary>What a write block would wait for.</summary>
    internal IReadOnlyList<string> Obstacles { get; set; } = [];

    /// <summary>Users whose writes it has.</summary>
    internal IReadOnlyList<string> Writers { get; set; } = [];

    /// <summary>Oldest entry of the oplog.</summary>
    internal ClusterTime OldestHistory { get; private set; } = new(1000, 1);

    /// <summary>Told of every data write by the engine, after it was executed.</summary>
    internal Action<string>? OnWrite { get; set; }

    /// <summary>Told of every state of the cutover's journal, before it is saved.</summary>
    internal Action<string>? OnJournal { get; set; }

    /// <summary>Loses the next write, which reaches the server only when <see cref="DeliverLateAsync"/> is asked for it.</summary>
    internal bool LosesNext { get; set; }

    /// <summary>Data writes of the engine that are acknowledged and never made.</summary>
    internal Predicate<Namespace>? Swallows { get; set; }

    /// <summary>Called before the options of a collection or of an index are changed; what it throws the change fails with.</summary>
    internal Action? BeforeModify { get; set; }

    /// <summary>Holds a write on its way.</summary>
    internal Func<WriteCommand, Task>? BeforeWrite { get; set; }

    /// <summary>Told before the catalogue is listed; what it gives back is left out of that listing.</summary>
    internal Func<Predicate<Namespace>>? BeforeListing { get; set; }

    /// <summary>Runs before a range is read.</summary>
    internal Action<RangeRead>? BeforeRange { get; set; }

    /// <summary>Runs before documents are read by key.</summary>
    internal Func<Task>? BeforeKeyRead { get; set; }

    /// <summary>Awaited before indexes are built.</summary>
    internal Func<Task>? BeforeIndexes { get; set; }

    /// <summary>Told of every note, before it is answered.</summary>
    internal Action<string>? OnNote { get; set; }

    /// <summary>Told that the cluster was asked for its time, after the answer was made and before it arrives.</summary>
    internal Action? OnIdentify { get; set; }

    /// <summary>Holds up every note before it is written.</summary>
    internal Func<string, Task>? HoldNote { get; set; }

    internal string ReplicaSetId { get; set; } = name + "-id";

    internal long Term { get; set; } = 1;

    /// <summary>Whether it says of itself that it is a sharded cluster.</summary>
    internal bool IsSharded { get; init; }

    /// <summary>Whether its balancer is on; <see langword="null"/> where there is none.</summary>
    internal bool? IsBalancing { get; set; }

    /// <summary>Whether the engine's user may not switch it.</summary>
    internal bool RefusesToBalance { get; set; }

    /// <summary>Writes of a killed process that have not reached the server yet.</summary>
    internal List<Func<Task>> Late { get; } = [];

    internal string Describe()
    {
        lock (gate)
        {
            return State.Describe();
        }
    }

    public string ReservedDatabase { get; set; } = ReservedNames.Database;

    /// <summary>Other migrations that are recorded there.</summary>
    internal IReadOnlyList<RecordedMigration> Neighbours { get; set; } = [];

    public Task<IReadOnlyList<RecordedMigration>> ListMigrationsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Neighbours);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task<ClusterIdentity> IdentifyAsync(CancellationToken cancellationToken)
    {
        ClusterTime then;
        lock (gate)
        {
            then = now;
        }

        OnIdentify?.Invoke();
        return Task.FromResult(new ClusterIdentity(name, ReplicaSetId, Term, Release, then, IsSharded));
    }

    public Task<bool> IsBalancerOnAsync(CancellationToken cancellationToken) => Task.FromResult(IsBalancing == true);

    public Task SwitchBalancerAsync(bool isOn, CancellationToken cancellationToken)
    {
        faults.Step();
        if (RefusesToBalance)
        {
            throw new ClusterException(Side.Source, Stage.Catalogue, FaultKind.BadRequest, "not authorized", 13);
        }

        IsBalancing = isOn;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<RawDocument>> ReadKeyBoundsAsync(
        CollectionAddress collection,
        ShardKey key,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<RawDocument>>([]);

    /// <summary>Whether a stream was asked on after it had brought every event: whoever reads it has taken them.</summary>
    internal bool IsReadThrough { get; private set; }

    /// <summary>The shards that fences are written on.</summary>
    internal IReadOnlyList<string> ShardNames { get; set; } = ["a", "b"];

    /// <summary>What its shards say of their history.</summary>
    internal IReadOnlyList<ShardHistory> Shards { get; set; } = [];

    public Task<IReadOnlyList<ShardHistory>> ReadShardHistoriesAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Shards);

    public Task<ZoneMap> ReadZonesAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new ZoneMap([], [], new Dictionary<Namespace, ShardKey>()));

    public Task AddShardToZoneAsync(string shard, string zone, CancellationToken cancellationToken) =>
        throw new NotSupportedException("no zones here");

    public Task SetZoneRangeAsync(ZoneRange range, CancellationToken cancellationToken) =>
        throw new NotSupportedException("no zones here");

    public Task PlaceDatabaseAsync(string database, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ShardCollectionAsync(
        Namespace name,
        ShardKey key,
        IReadOnlyList<RawDocument> bounds,
        CancellationToken cancellationToken
    )
    {
        faults.Step();
        DefineByUser(name.ToString(), one => one with { ShardKey = key });
        return Task.CompletedTask;
    }

    public Task RefineShardKeyAsync(Namespace name, RawDocument pattern, CancellationToken cancellationToken)
    {
        faults.Step();
        DefineByUser(name.ToString(), one => one with { ShardKey = one.ShardKey! with { Pattern = pattern } });
        return Task.CompletedTask;
    }

    public Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken)
    {
        faults.Step();
        var before = Now;
        var isLeftOut = BeforeListing?.Invoke() ?? (_ => false);
        lock (gate)
        {
            var listed = State
                .Catalogue.Values.Where(one => !ReservedNames.IsReserved(one.Name.Database) && !isLeftOut(one.Name))
                .Where(one => database is null || one.Name.Database == database)
                .ToList();
            return Task.FromResult(new Catalogue(before, now, listed));
        }
    }

    public Task<CollectionSize> MeasureAsync(CollectionAddress collection, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var documents = State.Of(collection.Uuid);
            return Task.FromResult(new CollectionSize(documents.Count, documents.Values.Sum(one => (long)one.Length)));
        }
    }

    public Task<IReadOnlyList<RawValue>> SplitAsync(
        CollectionAddress collection,
        long rangeBytes,
        CancellationToken cancellationToken
    )
    {
        lock (gate)
        {
            var documents = State.Of(collection.Uuid).Values.ToList();
            var every = Math.Max(1, (int)(rangeBytes / 60));
            return Task.FromResult<IReadOnlyList<RawValue>>([
                .. documents.Where((_, index) => index > 0 && index % every == 0).Select(one => one["_id"]),
            ]);
        }
    }

    public IAsyncEnumerable<DocumentBatch> ReadRangeAsync(RangeRead read, CancellationToken cancellationToken) =>
        read.Order == ReadOrder.Passing
            ? ReadInPassingAsync(read, cancellationToken)
            : ReadAtTimeAsync(read, cancellationToken);

    private async IAsyncEnumerable<DocumentBatch> ReadAtTimeAsync(
        RangeRead read,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        BeforeRange?.Invoke(read);
        var documents = Between(SnapshotOf(read.Collection, read.At), read.Lower, read.Upper);
        // As from a server: a reply has as many documents as it may, of those that the stages leave.
        foreach (var some in FakeStages.Apply(read.Stages, documents).Chunk(BatchDocuments))
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (faults.Strikes())
            {
                throw new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "snapshot too old", 239);
            }

            yield return Show(read, some);
        }
    }

    private static DocumentBatch Show(RangeRead read, IReadOnlyList<RawDocument> found) =>
        DocumentBatch.Of(
            read.KeysOnly ? [.. found.Select(one => new DocumentBuilder { { "_id", one["_id"] } }.Build())] : [.. found]
        );

    public async Task<DocumentBatch> ReadDocumentsAsync(KeyRead read, CancellationToken cancellationToken)
    {
        await (BeforeKeyRead?.Invoke() ?? Task.CompletedTask);
        await Task.Yield();
        if (faults.Strikes())
        {
            throw new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "snapshot too old", 239);
        }

        var snapshot = SnapshotOf(read.Collection, read.At);
        return DocumentBatch.Of(
            FakeStages.Apply(
                read.Stages,
                read.Ids.Select(id => snapshot.Find(read.Collection.Uuid, id)).OfType<RawDocument>()
            )
        );
    }

    public Task<IChangeStream> OpenChangesAsync(ChangeStreamRequest request, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var position = events.Count;
            if (!request.ResumeAfter.IsEmpty)
            {
                var data = request.ResumeAfter["_data"].AsString;
                var after = ulong.Parse(data[2..18], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                var index = int.Parse(data[18..], CultureInfo.InvariantCulture);
                CheckHistory(ClusterTime.FromPacked(after), index);
                position = index > 0 ? index : events.FindIndex(one => one["clusterTime"].AsTimestamp.Packed >= after);
            }
            else if (request.StartAt is { } start)
            {
                CheckHistory(start, 0);
                position = events.FindIndex(one => one["clusterTime"].AsTimestamp >= start);
            }

            return Task.FromResult<IChangeStream>(
                new FakeStream(this, position < 0 ? events.Count : position, request.Part)
            );
        }
    }

    private void CheckHistory(ClusterTime after, int index)
    {
        if (after < OldestHistory)
        {
            throw new ClusterException(Side.Source, Stage.Changes, FaultKind.HistoryLost, "not in the oplog", 286);
        }

        if (index > events.Count || (index > 0 && events[index - 1]["clusterTime"].AsTimestamp != after))
        {
            throw new ClusterException(Side.Source, Stage.Changes, FaultKind.HistoryLost, "token not found", 280);
        }
    }

    public async Task<ClusterTime> AppendNoteAsync(string text, CancellationToken cancellationToken)
    {
        faults.Step();
        if (HoldNote is { } hold)
        {
            await hold(text);
        }

        lock (gate)
        {
            var time = Tick();
            OnNote?.Invoke(text);
            return time;
        }
    }

    public Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new OplogWindow(OldestHistory, now, Fullness: 1));

    public Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Obstacles);

    public Task<IReadOnlyList<string>> NameWritersAsync(
        IReadOnlyCollection<ClusterTime> times,
        CancellationToken cancellationToken
    ) => Task.FromResult(Writers);

    public async Task SetWriteBlockAsync(bool block, TimeSpan timeout, CancellationToken cancellationToken)
    {
        faults.Step();
        if (OnBlock is { } hold)
        {
            await hold(block);
        }

        lock (gate)
        {
            IsBlocked = block;
        }
    }

    /// <summary>Documents can be read as of later times only.</summary>
    internal void ForgetSnapshots()
    {
        lock (gate)
        {
            oldestSnapshot = Tick();
        }
    }

    private static IEnumerable<RawDocument> Between(FakeSnapshot snapshot, RawValue lower, RawValue upper)
    {
        var from = lower.IsMissing ? [] : KeyString.Encode(lower);
        var to = upper.IsMissing ? null : KeyString.Encode(upper);
        return snapshot
            .Documents.Where(one =>
                one.Key.AsSpan().SequenceCompareTo(from) >= 0
                && (to is null || one.Key.AsSpan().SequenceCompareTo(to) < 0)
            )
            .Select(one => one.Value);
    }

    private FakeSnapshot SnapshotOf(CollectionAddress collection, ClusterTime at)
    {
        lock (gate)
        {
            if (at < oldestSnapshot)
            {
                throw new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "snapshot too old", 239);
            }

            Require(collection, at);
            var state = history.FindLast(one => one.Time <= at).State;
            return new(state.Of(collection.Uuid));
        }
    }

    private ClusterTime Tick()
    {
        var seconds = 1000 + (uint)TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds;
        now = seconds > now.Seconds ? new(seconds, 1) : now.Next();
        return now;
    }

    private void Commit(FakeState next, IEnumerable<RawDocument> happened)
    {
        State = next;
        IsReadThrough = false;
        history.Add((now, next));
        events.AddRange(happened.Where(one => !ReservedNames.IsReserved(one["ns"].AsDocument["db"].AsString)));
    }

    private sealed record FakeSnapshot(
        System.Collections.Immutable.ImmutableSortedDictionary<byte[], RawDocument> Documents
    )
    {
        internal RawDocument? Find(Guid _, RawValue id) =>
            Documents.TryGetValue(KeyString.Encode(id), out var document) ? document : null;
    }

    private sealed class FakeStream(FakeCluster cluster, int position, StreamPart? part) : IChangeStream
    {
        private readonly int generation = cluster.streamGeneration;
        private bool isFirst = true;

        public async Task<ChangeBatch> NextAsync(CancellationToken cancellationToken)
        {
            await Task.Delay(isFirst ? 0 : 1, cancellationToken);
            if (!isFirst && cluster.faults.Strikes(0.3))
            {
                throw new ClusterException(Side.Source, Stage.Changes, FaultKind.NeedsNewCursor, "cursor killed");
            }

            isFirst = false;
            lock (cluster.gate)
            {
                if (generation != cluster.streamGeneration)
                {
                    throw new ClusterException(Side.Source, Stage.Changes, FaultKind.NeedsNewCursor, "cursor killed");
                }

                cluster.IsReadThrough |= position == cluster.events.Count;
                var count = Math.Min(
                    Math.Max(0, cluster.events.Count - position),
                    1 + (int)(cluster.faults.Next() * 12)
                );
                if (position > 0 && cluster.events.Count < position)
                {
                    throw new ClusterException(Side.Source, Stage.Changes, FaultKind.Transient, "restarted");
                }

                var seen = cluster
                    .events.GetRange(position, count)
                    .Select((one, i) => Name(one, position + i + 1))
                    .ToList();
                position += count;
                var some = seen.Where(IsMine).ToList();
                if (position == cluster.events.Count)
                {
                    return new(DocumentBatch.Of(some), Token(cluster.now.Next(), 0));
                }

                // Behind an event of another stream there is no token of this one, but the time that was looked at.
                var index = some.Count > 0 && some[^1] == seen[^1] ? position : 0;
                return new(DocumentBatch.Of(some), Token(seen[^1]["clusterTime"].AsTimestamp, index));
            }
        }

        private bool IsMine(RawDocument one) =>
            part is not { } mine
            || (
                one["documentKey"] is { IsMissing: false } key
                    ? Hash(key.AsDocument["_id"]) % mine.Of == mine.Index
                    : mine.Index == 0
            );

        private static int Hash(RawValue id) => (int)(XxHash3.HashToUInt64(KeyString.Encode(id)) & int.MaxValue);

        private static RawDocument Token(ClusterTime time, int index) =>
            new DocumentBuilder
            {
                { "_data", string.Create(CultureInfo.InvariantCulture, $"82{time.Packed:X16}{index:D9}") },
            }.Build();

        private static RawDocument Name(RawDocument one, int index) =>
            new DocumentBuilder { { "_id", Token(one["clusterTime"].AsTimestamp, index) } }
                .AddAll(one)
                .Build();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
