using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// What one operation sees of the data: everything committed up to a time, and over it the pending writes of its own unit.
/// Used by one thread at a time. Between two batches of a cursor it is suspended and holds nothing; unless it is fixed to a time
/// it then goes on with the newest data, at the place where it stood.
/// </summary>
internal sealed class ReadView : IDisposable
{
    private readonly Node node;

    /// <summary>The data looked at.</summary>
    internal Node Node => node;

    private readonly ClusterTime? fixedTime;
    private readonly Func<ClusterTime> newest;
    private readonly List<IDisposable> open = [];
    private readonly Dictionary<Family, VersionedScan> probes = [];

    internal ReadView(Node node, ClusterTime? fixedTime, Func<ClusterTime> newest, WriteUnit? unit)
    {
        this.node = node;
        this.fixedTime = fixedTime;
        this.newest = newest;
        Unit = unit;
        Refresh();
    }

    /// <summary>The time seen.</summary>
    internal ClusterTime Time { get; private set; }

    /// <summary>Whether the time stays the same for all batches.</summary>
    internal bool IsFixed => fixedTime is not null;

    /// <summary>Where a transaction notes the idents of the collections it reads.</summary>
    internal ConcurrentDictionary<uint, bool>? Used { get; init; }

    /// <summary>Pending writes laid over the committed data.</summary>
    internal WriteUnit? Unit { get; }

    /// <summary>What a router that reads knows of where documents belong: others than the shard's own are left out.</summary>
    internal Sharding.RoutedRequest? Routing { get; set; }

    /// <summary>Counts refreshes, so that open walks notice them.</summary>
    internal int Generation { get; private set; }

    /// <summary>The catalog that belongs to the time, with pending changes of the unit.</summary>
    internal CatalogSnapshot Catalog
    {
        get
        {
            var catalog = IsFixed ? node.Catalog.At(Time) : node.Catalog.Latest;
            return Unit is null ? catalog : Unit.CatalogChanges.Aggregate(catalog, (c, change) => c.Apply(change));
        }
    }

    /// <summary>Whether an index may have several keys for one document.</summary>
    internal bool IsMultikey(IndexInfo index) => node.Multikey.IsMarked(index.Ident);

    /// <summary>Lets go of everything held and, unless fixed, moves to the newest time.</summary>
    internal void Refresh()
    {
        Suspend();
        Time = fixedTime ?? newest();
        if (fixedTime is { } time && time < node.OldestReadable)
        {
            throw new CommandException(
                ErrorCode.SnapshotTooOld,
                $"Read timestamp Timestamp({time.Seconds}, {time.Increment}) is older than the oldest available timestamp."
            );
        }
    }

    /// <summary>Lets go of everything held; what is read next opens it again.</summary>
    internal void Suspend()
    {
        Generation++;
        foreach (var scan in open)
        {
            scan.Dispose();
        }

        open.Clear();
        probes.Clear();
    }

    /// <summary>The value of a key, copied; <see langword="null"/> if it is not there.</summary>
    internal byte[]? Get(Family family, byte[] key)
    {
        if (Unit is not null && Unit.TryGet(family, key, out var pending))
        {
            return pending.Value?.ToArray();
        }

        var probe = Probe(family);
        return probe.TryFind(key) ? probe.Value.ToArray() : null;
    }

    /// <summary>When the newest committed version of a key at the present end of history was committed; zero if there is none.</summary>
    internal ClusterTime CommitTimeOf(Family family, byte[] key)
    {
        using var scan = new VersionedScan(node.Engine, family, default, ClusterTime.MaxValue);
        return scan.NewestVersion(key);
    }

    /// <summary>The keys that begin with a prefix, behind the prefix; a few at most are expected.</summary>
    internal IEnumerable<byte[]> TailsOf(Family family, byte[] prefix)
    {
        using var scan = Open(family, new ScanRange(prefix, ScanRange.After(prefix)));
        while (scan.MoveNext())
        {
            yield return scan.Key[prefix.Length..].ToArray();
        }
    }

    /// <summary>Whether any key begins with a prefix. Cheaper than a walk.</summary>
    internal bool Any(Family family, byte[] prefix)
    {
        var range = new ScanRange(prefix, ScanRange.After(prefix));
        if (Unit is { IsEmpty: false } && Unit.InRange(family, range).Count > 0)
        {
            return TailsOf(family, prefix).Any();
        }

        var probe = Probe(family);
        probe.Restart(range);
        return probe.MoveNext();
    }

    /// <summary>Walks a range; dispose it, or let the view do so.</summary>
    internal IScan Open(Family family, ScanRange range)
    {
        IScan scan = new VersionedScan(node.Engine, family, range, Time);
        if (Unit is { IsEmpty: false })
        {
            scan = new OverlaidScan(scan, Unit.InRange(family, range), range.IsForward);
        }

        open.Add(scan);
        return scan;
    }

    /// <summary>Walks a range over suspensions: after each it goes on behind the last key given.</summary>
    internal ResumableScan Walk(Family family, ScanRange range) => new(this, family, range);

    /// <summary>Gives a walk back before the view is done.</summary>
    internal void Close(IScan scan)
    {
        if (open.Remove(scan))
        {
            scan.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Suspend();

    private VersionedScan Probe(Family family)
    {
        if (!probes.TryGetValue(family, out var probe))
        {
            probes[family] = probe = new(node.Engine, family, default, Time);
            open.Add(probe);
        }

        return probe;
    }
}
