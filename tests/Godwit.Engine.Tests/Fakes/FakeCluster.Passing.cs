using System.Runtime.CompilerServices;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>Reads that are of no one time (S8).</summary>
internal sealed partial class FakeCluster
{
    /// <summary>Told of the documents of each reply of a read in passing, before they arrive (S8).</summary>
    internal Action<IReadOnlyList<RawDocument>>? OnPassing { get; set; }

    /// <summary>In natural order, each reply as of when it is asked for.</summary>
    private async IAsyncEnumerable<DocumentBatch> ReadInPassingAsync(
        RangeRead read,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        BeforeRange?.Invoke(read);
        for (var place = -1L; ; )
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (faults.Strikes())
            {
                throw new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "cursor not found", 43);
            }

            IReadOnlyList<(long Place, RawDocument Document)> some;
            lock (gate)
            {
                Require(read.Collection, read.At);
                some = State.After(read.Collection.Uuid, place, BatchDocuments);
            }

            if (some.Count == 0)
            {
                yield break;
            }

            place = some[^1].Place;
            List<RawDocument> found = [.. some.Select(one => one.Document)];
            OnPassing?.Invoke(found);
            yield return Show(read, found);
        }
    }

    /// <summary>A collection is there under this name and identity, and so is the time.</summary>
    private void Require(CollectionAddress collection, ClusterTime at)
    {
        if (at > now)
        {
            throw new ClusterException(Side.Source, Stage.Read, FaultKind.Transient, $"{at} is not reached", 72);
        }

        var current = State.Catalogue.Values.FirstOrDefault(one => one.Uuid == collection.Uuid);
        if (current is null || current.Name != collection.Name)
        {
            throw new ClusterException(Side.Source, Stage.Read, FaultKind.Moved, "collection UUID mismatch", 361)
            {
                ActualName = current?.Name,
            };
        }
    }
}
