using Godwit.Bson;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>
/// A walk in natural order that can tell where it stands: at the end of a capped collection it waits for more where the client
/// asked for that, and it can give a token from which another walk goes on.
/// </summary>
internal sealed class NaturalSource(Node node, CollectionReader reader, Func<StoredRecord, RawDocument?> show)
    : IDocumentSource
{
    private readonly ReadView view = reader.View;
    private IEnumerator<StoredRecord>? walk;
    private byte[]? last;
    private bool isSuspended;
    private bool isAtEnd;

    /// <summary>Whether more may come after the end.</summary>
    internal bool IsTailable { get; init; }

    /// <summary>What marks tokens as this member's; <see langword="null"/> where no tokens are wanted.</summary>
    internal Guid? TokenOwner { get; init; }

    /// <summary>Begins behind this record key.</summary>
    internal byte[]? After { get; init; }

    /// <summary>Where the walk stands.</summary>
    public RawValue PostBatchResumeToken =>
        TokenOwner is { } owner
            ? new DocumentBuilder { { "$recordId", Shown(last ?? After) }, { "$initialSyncId", RawValue.Uuid(owner) } }
            : default(RawValue);

    /// <summary>A tailable walk of a collection that is empty ends at once, as MongoDB's does.</summary>
    public bool IsExhausted => isAtEnd && (!IsTailable || last is null);

    /// <inheritdoc/>
    public bool TryRead(out RawDocument document)
    {
        walk ??= Begin();
        while (walk.MoveNext())
        {
            last = walk.Current.Key;
            if (show(walk.Current) is { } shown)
            {
                document = shown;
                return true;
            }
        }

        walk.Dispose();
        walk = null;
        isAtEnd = true;
        document = default;
        return false;
    }

    /// <inheritdoc/>
    public Task WaitForMoreAsync(CancellationToken cancellationToken) =>
        node.Changed.WaitAsync(() => node.LastApplied.Time > view.Time, cancellationToken);

    /// <inheritdoc/>
    public void Suspend()
    {
        view.Suspend();
        isSuspended = true;
    }

    /// <inheritdoc/>
    public void Resume()
    {
        if (isSuspended)
        {
            isSuspended = false;
            view.Refresh();
            QuerySource.CheckCollection(view, reader.Collection);
            walk?.Dispose();
            walk = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        walk?.Dispose();
        view.Dispose();
    }

    private IEnumerator<StoredRecord> Begin()
    {
        if (IsTailable && last is { } seen && reader.Get(seen) is null)
        {
            throw new CommandException(
                ErrorCode.CappedPositionLost,
                $"CollectionScan died due to failure to restore tailable cursor position. Last seen record id: RecordId({KeyLayout.RecordNumber(seen)})"
            );
        }

        return reader.Scan(after: last ?? After).GetEnumerator();
    }

    private static RawValue Shown(byte[]? key) => key is null ? RawValue.Null : RecordIds.Show(key);
}
