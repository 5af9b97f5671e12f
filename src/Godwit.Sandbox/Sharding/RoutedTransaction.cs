using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// A transaction as its router knows it: which shards take part, and what it holds in place. That is let go when the router has ended
/// it, and as well when no shard has it open any more: its client may have gone on elsewhere, and the shards be rid of it by
/// themselves.
/// </summary>
/// <param name="number">Its number.</param>
/// <param name="readConcern">The read concern of its first statement, sent to every shard with the first one there.</param>
internal sealed class RoutedTransaction(long number, RawValue readConcern)
{
    private readonly List<string> participants = [];
    private readonly Dictionary<Namespace, IDisposable> leases = [];
    private readonly Lock gate = new();
    private int inUse;

    /// <summary>Its number.</summary>
    internal long Number => number;

    /// <summary>The read concern of its first statement.</summary>
    internal RawValue ReadConcern => readConcern;

    /// <summary>The shards that take part, in the order in which they came in.</summary>
    internal IReadOnlyList<string> Participants => participants;

    /// <summary>The shard that knows the outcome: the first one written to.</summary>
    internal string? RecoveryShard { get; private set; }

    /// <summary>Whether it was committed, so that another commit says the same.</summary>
    internal bool IsCommitted { get; set; }

    /// <summary>Whether it was aborted.</summary>
    internal bool IsAborted { get; set; }

    /// <summary>Whether it has ended.</summary>
    internal bool IsOver => IsCommitted || IsAborted;

    /// <summary>Whether it keeps any collection in place.</summary>
    internal bool HoldsAny
    {
        get
        {
            lock (gate)
            {
                return leases.Count > 0;
            }
        }
    }

    /// <summary>Notes that a shard takes part; says whether that is new.</summary>
    internal bool Join(string shard)
    {
        if (participants.Contains(shard, StringComparer.Ordinal))
        {
            return false;
        }

        participants.Add(shard);
        return true;
    }

    /// <summary>Notes that a shard was written to.</summary>
    internal void NoteWrite(string shard) => RecoveryShard ??= shard;

    /// <summary>Keeps a collection where it is until the end.</summary>
    internal async ValueTask HoldAsync(Leases from, Namespace ns, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (leases.ContainsKey(ns))
            {
                return;
            }
        }

        var lease = await from.ShareAsync(ns, cancellationToken).ConfigureAwait(false);
        lock (gate)
        {
            leases.Add(ns, lease);
        }
    }

    /// <summary>Lets nothing go before this is given back: a command of it runs.</summary>
    internal IDisposable Use()
    {
        lock (gate)
        {
            inUse++;
        }

        return new Usage(this);
    }

    /// <summary>Lets nothing go before a shard has ended its part.</summary>
    internal void UseUntil(Task ended)
    {
        var usage = Use();
        _ = ended.ContinueWith(
            _ => usage.Dispose(),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    /// <summary>Lets go of everything: it has ended.</summary>
    internal void Release()
    {
        IDisposable[] held;
        lock (gate)
        {
            held = [.. leases.Values];
            leases.Clear();
        }

        foreach (var lease in held)
        {
            lease.Dispose();
        }
    }

    private void Return()
    {
        lock (gate)
        {
            if (--inUse > 0)
            {
                return;
            }
        }

        Release();
    }

    private sealed class Usage(RoutedTransaction of) : IDisposable
    {
        private int isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReturned, 1) == 0)
            {
                of.Return();
            }
        }
    }
}
