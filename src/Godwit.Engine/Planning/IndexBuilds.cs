using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>
/// Indexes that are being built on the destination, and how many were in this run (D01): on a large collection that takes long, and nothing
/// else seems to move meanwhile. For display: nothing is decided by it.
/// </summary>
internal sealed class IndexBuilds(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly List<Build> running = [];
    private int built;

    /// <summary>How many were built.</summary>
    internal int Built => Volatile.Read(ref built);

    /// <summary>Those under way, oldest first.</summary>
    internal IReadOnlyList<IndexBuildProgress> Running
    {
        get
        {
            lock (gate)
            {
                return
                [
                    .. running.Select(one => new IndexBuildProgress(
                        one.Name,
                        one.Indexes,
                        time.GetElapsedTime(one.Since)
                    )),
                ];
            }
        }
    }

    /// <summary>Builds indexes, and is seen to.</summary>
    internal async Task RunAsync(CollectionAddress collection, IReadOnlyList<RawDocument> indexes, Func<Task> build)
    {
        var one = new Build(collection.Name, [.. indexes.Select(index => index["name"].AsString)], time.GetTimestamp());
        lock (gate)
        {
            running.Add(one);
        }

        try
        {
            await build();
            _ = Interlocked.Add(ref built, indexes.Count);
        }
        finally
        {
            lock (gate)
            {
                _ = running.Remove(one);
            }
        }
    }

    private sealed record Build(Namespace Name, IReadOnlyList<string> Indexes, long Since);
}

/// <summary>Indexes of a collection that are being built together.</summary>
/// <param name="Name">The collection.</param>
/// <param name="Indexes">Their names.</param>
/// <param name="Running">For how long.</param>
internal sealed record IndexBuildProgress(Namespace Name, IReadOnlyList<string> Indexes, TimeSpan Running);
