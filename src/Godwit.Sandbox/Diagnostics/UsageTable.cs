using System.Collections.Concurrent;
using Godwit.Bson;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>How often and for how long (in microseconds) each collection was used since the member started: the reply of <c>top</c>.</summary>
internal sealed class UsageTable
{
    private static readonly string[] Kinds = ["queries", "getmore", "insert", "update", "remove", "commands"];
    private readonly ConcurrentDictionary<string, Usage> collections = new(StringComparer.Ordinal);

    /// <summary>Counts an operation.</summary>
    internal void Count(string ns, string kind, bool isWrite, TimeSpan took)
    {
        var usage = collections.GetOrAdd(ns, static _ => new Usage());
        usage.Add(Array.IndexOf(Kinds, kind), isWrite, (long)took.TotalMicroseconds);
    }

    /// <summary>Forgets a collection that is gone.</summary>
    internal void Forget(string ns) => _ = collections.TryRemove(ns, out _);

    /// <summary>The reply.</summary>
    internal DocumentBuilder Describe()
    {
        var totals = new DocumentBuilder { { "note", "all times in microseconds" } };
        foreach (var (ns, usage) in collections.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            totals.Add(ns, usage.Describe());
        }

        return new() { { "totals", totals } };
    }

    private sealed class Usage
    {
        // Of every kind, and of reads and writes, the count and the time.
        private readonly (long Count, long Time)[] figures = new (long, long)[Kinds.Length + 2];
        private readonly Lock gate = new();

        internal void Add(int kind, bool isWrite, long time)
        {
            var side = Kinds.Length + (isWrite ? 1 : 0);
            lock (gate)
            {
                figures[kind] = (figures[kind].Count + 1, figures[kind].Time + time);
                figures[side] = (figures[side].Count + 1, figures[side].Time + time);
            }
        }

        internal RawValue Describe()
        {
            lock (gate)
            {
                var (reads, writes) = (figures[Kinds.Length], figures[Kinds.Length + 1]);
                var usage = new DocumentBuilder
                {
                    { "total", Pair((reads.Count + writes.Count, reads.Time + writes.Time)) },
                    { "readLock", Pair(reads) },
                    { "writeLock", Pair(writes) },
                };
                for (var i = 0; i < Kinds.Length; i++)
                {
                    usage.Add(Kinds[i], Pair(figures[i]));
                }

                return usage;
            }
        }

        private static RawValue Pair((long Count, long Time) figure) =>
            new DocumentBuilder
            {
                { "time", RawValue.Narrow(figure.Time) },
                { "count", RawValue.Narrow(figure.Count) },
            };
    }
}
