namespace Godwit.Sandbox.Storage;

/// <summary>Walks the committed keys of a range with the pending writes of a unit laid over them, as they were when the walk began.</summary>
internal sealed class OverlaidScan : IScan
{
    private readonly IScan committed;
    private readonly List<KeyValuePair<byte[], PendingWrite>> pending;
    private readonly int direction;
    private int next;
    private bool hasCommitted;
    private bool isAtPending;

    internal OverlaidScan(IScan committed, List<KeyValuePair<byte[], PendingWrite>> pending, bool isForward)
    {
        this.committed = committed;
        this.pending = pending;
        direction = isForward ? 1 : -1;
        hasCommitted = committed.MoveNext();
        isAtPending = true;
        next = -1;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => isAtPending ? pending[next].Key : committed.Key;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => isAtPending ? pending[next].Value.Value!.Value.Span : committed.Value;

    /// <inheritdoc/>
    public bool MoveNext()
    {
        if (isAtPending)
        {
            next++;
        }
        else
        {
            hasCommitted = committed.MoveNext();
        }

        while (true)
        {
            var order = Compare();
            if (order is null)
            {
                return false;
            }

            isAtPending = order <= 0;
            if (!isAtPending)
            {
                return true;
            }

            if (order == 0)
            {
                hasCommitted = committed.MoveNext();
            }

            if (pending[next].Value.Value is not null)
            {
                return true;
            }

            next++;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => committed.Dispose();

    private int? Compare() =>
        (next < pending.Count, hasCommitted) switch
        {
            (false, false) => null,
            (true, false) => -1,
            (false, true) => 1,
            _ => pending[next].Key.AsSpan().SequenceCompareTo(committed.Key) * direction,
        };
}
