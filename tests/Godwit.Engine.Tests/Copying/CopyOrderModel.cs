using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Copying;

/// <summary>What the copy of a collection with random keys costs its source.</summary>
/// <param name="RandomReads">Pages that were read from anywhere on the disk for the copy, and for what is read again.</param>
/// <param name="SequentialReads">Pages that were read one after the other.</param>
/// <param name="ReadAgain">Documents that are in doubt at the end and have to be read again.</param>
/// <param name="CopiedTwice">Documents that were copied once more after a crash.</param>
internal sealed record CopyCost(int RandomReads, int SequentialReads, int ReadAgain, int CopiedTwice);

/// <summary>
/// A collection whose <c>_id</c>s have nothing to do with where documents lie, copied in the order of its keys or in that of its pages
/// while it is written to. The engine's router decides what is read again; a cache of the pages used last decides what the disk reads.
/// </summary>
internal sealed class CopyOrderModel
{
    private const int PerPage = 32;
    private static readonly Guid Collection = new("00000000-0000-0000-0000-000000000001");
    private readonly Random random;
    private readonly int[] pageOf;
    private readonly int[] inOrderOfPages;
    private readonly double writesPerDocument;
    private readonly int ranges;
    private readonly RangeTable table;
    private readonly Router<int> router = new(ClusterTime.Zero, ClusterTime.MaxValue, key => new(Collection, key));
    private readonly List<(ClusterTime Time, int Key)> waiting = [];
    private readonly PageCache cache;
    private uint now;
    private double owed;
    private int randomReads;
    private int sequentialReads;

    /// <param name="seed">Of chance.</param>
    /// <param name="documents">How many there are.</param>
    /// <param name="ranges">How many ranges they are copied in.</param>
    /// <param name="cachedShare">How much of the collection the source keeps in memory.</param>
    /// <param name="writesPerDocument">How many documents are changed while one is copied.</param>
    internal CopyOrderModel(int seed, int documents, int ranges, double cachedShare, double writesPerDocument)
    {
        random = new(seed);
        this.writesPerDocument = writesPerDocument;
        inOrderOfPages = [.. Enumerable.Range(0, documents)];
        random.Shuffle(inOrderOfPages);
        pageOf = new int[documents];
        foreach (var (place, key) in inOrderOfPages.Index())
        {
            pageOf[key] = place / PerPage;
        }

        cache = new((int)(documents / PerPage * cachedShare));
        this.ranges = ranges;
        table = new([.. Enumerable.Range(1, ranges - 1).Select(number => Bound(FirstOf(number)))]);
    }

    /// <summary>In ranges of keys, each read at a time of its own.</summary>
    /// <param name="crashAt">After which share of the documents the process is killed.</param>
    internal CopyCost InRanges(double? crashAt = null)
    {
        var (copied, twice) = (0, 0);
        for (var number = 0; number < table.Ranges.Count; number++)
        {
            var range = table.Ranges[number];
            _ = router.Open(range, new(now, 0));
            var isKilled = false;
            var (first, end) = (FirstOf(number), FirstOf(number + 1));
            for (var key = first; key < end; key++)
            {
                ReadAnywhere(key);
                WriteSome();
                isKilled = ++copied >= crashAt * pageOf.Length;
                if (isKilled)
                {
                    twice = key - first + 1;
                    break;
                }
            }

            if (isKilled)
            {
                crashAt = null;
                range.GiveUp();
                waiting.Clear();
                number--;
                continue;
            }

            Finish(range);
        }

        return new(randomReads, sequentialReads, router.Dirty.Count, twice);
    }

    /// <summary>As one range in the order of the pages; what changed from its beginning to its end is in doubt (S8).</summary>
    /// <inheritdoc cref="InRanges"/>
    internal CopyCost InNaturalOrder(double? crashAt = null)
    {
        var range = table.Ranges.Single();
        var twice = 0;
        for (var isCopied = false; !isCopied; )
        {
            _ = router.Open(range, new(now, 0));
            isCopied = true;
            foreach (var (done, key) in inOrderOfPages.Index())
            {
                if (done % PerPage == 0)
                {
                    sequentialReads++;
                    cache.Use(pageOf[key]);
                }

                WriteSome();
                if (done + 1 >= crashAt * pageOf.Length)
                {
                    (crashAt, twice, isCopied) = (null, done + 1, false);
                    range.GiveUp();
                    waiting.Clear();
                    break;
                }
            }
        }

        range.Doubt(new(now, 0));
        Finish(range);
        foreach (var key in router.Dirty)
        {
            ReadAnywhere(key.Address.Id.AsInt32);
        }

        return new(randomReads, sequentialReads, router.Dirty.Count, twice);
    }

    private int FirstOf(int range) => (int)((long)pageOf.Length * range / ranges);

    private void Finish(CopyRange range)
    {
        router.Written(range);
        foreach (var (time, key) in waiting)
        {
            _ = router.Settle(time, Hash(key), range, default, key);
        }

        waiting.Clear();
        router.Drained(range);
    }

    /// <summary>Applications change documents; what they do brings its page into memory.</summary>
    private void WriteSome()
    {
        for (owed += writesPerDocument; owed >= 1; owed--)
        {
            var (time, key) = (new ClusterTime(++now, 0), random.Next(pageOf.Length));
            cache.Use(pageOf[key]);
            router.See(time);
            if (router.Route(time, Hash(key), table.Find(FollowedCollection.KeyOf(key)), default, key) == Verdict.Wait)
            {
                waiting.Add((time, key));
            }
        }
    }

    private void ReadAnywhere(int key)
    {
        if (!cache.Use(pageOf[key]))
        {
            randomReads++;
        }
    }

    private static KeyHash Hash(int key) => KeyHash.Of(Collection, FollowedCollection.KeyOf(key));

    private static RangeBound Bound(int key) => new(key, FollowedCollection.KeyOf(key));

    /// <summary>The pages that were used last.</summary>
    private sealed class PageCache(int pagesMax)
    {
        private readonly Dictionary<int, LinkedListNode<int>> nodes = [];
        private readonly LinkedList<int> byUse = new();

        /// <summary>Whether it was there already.</summary>
        internal bool Use(int page)
        {
            var isThere = nodes.TryGetValue(page, out var node);
            if (isThere)
            {
                byUse.Remove(node!);
            }
            else
            {
                nodes[page] = node = new(page);
            }

            byUse.AddFirst(node!);
            if (nodes.Count > pagesMax)
            {
                _ = nodes.Remove(byUse.Last!.Value);
                byUse.RemoveLast();
            }

            return isThere;
        }
    }
}
