using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>A transaction as its router knows it: which shards take part, and what it holds in place until its end.</summary>
/// <param name="number">Its number.</param>
/// <param name="readConcern">The read concern of its first statement, sent to every shard with the first one there.</param>
internal sealed class RoutedTransaction(long number, RawValue readConcern) : IDisposable
{
    private readonly List<string> participants = [];
    private readonly Dictionary<Namespace, IDisposable> leases = [];

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
        if (!leases.ContainsKey(ns))
        {
            leases[ns] = await from.ShareAsync(ns, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var lease in leases.Values)
        {
            lease.Dispose();
        }

        leases.Clear();
    }
}
