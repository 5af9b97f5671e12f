using Godwit.Bson;
using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// Walks the logical keys of a range as they were at one cluster time: of each key the newest version not later than that time,
/// keys deleted by then left out.
/// </summary>
internal sealed class VersionedScan : IScan
{
    private readonly StorageEngine engine;
    private readonly Iterator iterator;
    private readonly ClusterTime time;
    private bool isForward;
    private byte[] lower = [];
    private byte[] upper = [];
    private byte[] key = new byte[64];
    private int keyLength;
    private bool isStarted;

    internal VersionedScan(StorageEngine engine, Family family, ScanRange range, ClusterTime time)
    {
        this.engine = engine;
        this.time = time;
        Restart(range);
        iterator = engine.NewIterator(family);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => key.AsSpan(0, keyLength);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => iterator.GetValueSpan();

    /// <summary>When the version at hand was committed.</summary>
    internal ClusterTime CommitTime => KeyLayout.TimeOf(iterator.GetKeySpan());

    /// <summary>Begins another walk with the same iterator.</summary>
    internal void Restart(ScanRange range)
    {
        isForward = range.IsForward;
        lower = range.Lower;
        upper = range.Upper;
        isStarted = false;
    }

    /// <summary>Goes to one key; false if it is not there.</summary>
    internal bool TryFind(ReadOnlySpan<byte> logical)
    {
        Remember(logical);
        SeekVersion(time);
        return IsAtKey() && !iterator.GetValueSpan().IsEmpty;
    }

    /// <summary>When the newest version of a key, a removal included, was committed; zero if there is none.</summary>
    internal ClusterTime NewestVersion(ReadOnlySpan<byte> logical)
    {
        Remember(logical);
        SeekVersion(ClusterTime.MaxValue);
        return IsAtKey() ? CommitTime : ClusterTime.Zero;
    }

    /// <inheritdoc/>
    public bool MoveNext() => isForward ? MoveForward() : MoveBackward();

    /// <inheritdoc/>
    public void Dispose() => engine.Release(iterator);

    private bool MoveForward()
    {
        if (!isStarted)
        {
            isStarted = true;
            iterator.Seek(lower);
        }
        else
        {
            LeaveKey();
        }

        while (iterator.Valid())
        {
            var stored = iterator.GetKeySpan();
            var logical = stored[..^KeyLayout.TimeLength];
            if (logical.SequenceCompareTo(upper) >= 0)
            {
                return false;
            }

            Remember(logical);
            if (KeyLayout.TimeOf(stored) > time)
            {
                SeekVersion(time);
                if (!IsAtKey())
                {
                    continue;
                }
            }

            if (!iterator.GetValueSpan().IsEmpty)
            {
                return true;
            }

            LeaveKey();
        }

        return false;
    }

    private bool MoveBackward()
    {
        iterator.SeekForPrev(isStarted ? key.AsSpan(0, keyLength) : upper);
        isStarted = true;
        while (iterator.Valid())
        {
            var logical = iterator.GetKeySpan()[..^KeyLayout.TimeLength];
            if (logical.SequenceCompareTo(lower) < 0)
            {
                return false;
            }

            Remember(logical);
            SeekVersion(time);
            if (IsAtKey() && !iterator.GetValueSpan().IsEmpty)
            {
                return true;
            }

            iterator.SeekForPrev(key.AsSpan(0, keyLength));
        }

        return false;
    }

    private void LeaveKey()
    {
        for (var steps = 0; steps < 3; steps++)
        {
            iterator.Next();
            if (!IsAtKey())
            {
                return;
            }
        }

        SeekVersion(ClusterTime.Zero);
        if (IsAtKey())
        {
            iterator.Next();
        }
    }

    private void SeekVersion(ClusterTime version)
    {
        var needed = keyLength + KeyLayout.TimeLength;
        if (key.Length < needed)
        {
            Array.Resize(ref key, needed * 2);
        }

        KeyLayout.WriteTime(key.AsSpan(keyLength), version);
        iterator.Seek(key.AsSpan(0, needed));
    }

    private bool IsAtKey() =>
        iterator.Valid() && iterator.GetKeySpan()[..^KeyLayout.TimeLength].SequenceEqual(key.AsSpan(0, keyLength));

    private void Remember(ReadOnlySpan<byte> logical)
    {
        if (key.Length < logical.Length + KeyLayout.TimeLength)
        {
            key = new byte[(logical.Length + KeyLayout.TimeLength) * 2];
        }

        logical.CopyTo(key);
        keyLength = logical.Length;
    }
}
