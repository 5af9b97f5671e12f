using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>
/// The documents of a query over a view. Between batches the view holds nothing; when it goes on, the collection must still be
/// there under its name, unless the read is at a fixed time.
/// </summary>
internal sealed class QuerySource(ReadView view, CollectionInfo? collection, IEnumerable<RawDocument> documents)
    : IDocumentSource
{
    private readonly IEnumerator<RawDocument> enumerator = documents.GetEnumerator();
    private bool isSuspended;
    private long given;

    /// <summary>The most documents it gives.</summary>
    internal long Limit { get; init; } = long.MaxValue;

    /// <inheritdoc/>
    public RawValue PostBatchResumeToken => default;

    /// <inheritdoc/>
    public bool IsExhausted { get; private set; }

    /// <inheritdoc/>
    public bool TryRead(out RawDocument document)
    {
        if (!IsExhausted && enumerator.MoveNext())
        {
            document = enumerator.Current;
            IsExhausted = ++given == Limit;
            return true;
        }

        IsExhausted = true;
        document = default;
        return false;
    }

    /// <inheritdoc/>
    public Task WaitForMoreAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
            CheckCollection(view, collection);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        enumerator.Dispose();
        view.Dispose();
    }

    /// <summary>Refuses to go on where the collection is gone, or has another name.</summary>
    internal static void CheckCollection(ReadView view, CollectionInfo? collection)
    {
        if (collection is null)
        {
            return;
        }

        var now = view.Catalog.Find(collection.Uuid);
        if (now is null)
        {
            throw new CommandException(ErrorCode.QueryPlanKilled, $"collection dropped. UUID {collection.Uuid}");
        }

        if (now.Namespace != collection.Namespace)
        {
            throw new CommandException(
                ErrorCode.QueryPlanKilled,
                $"collection renamed from '{collection.Namespace}' to '{now.Namespace}'. UUID {collection.Uuid}"
            );
        }
    }
}
