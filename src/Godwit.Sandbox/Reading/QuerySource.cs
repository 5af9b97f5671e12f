using Godwit.Bson;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>
/// The documents of a query over a view. Between batches the view holds nothing; when it goes on, the collection must still be
/// there, unless the read is at a fixed time.
/// </summary>
internal sealed class QuerySource(ReadView view, Guid? collection, IEnumerable<RawDocument> documents) : IDocumentSource
{
    private readonly IEnumerator<RawDocument> enumerator = documents.GetEnumerator();
    private bool isSuspended;

    /// <inheritdoc/>
    public RawValue PostBatchResumeToken => default;

    /// <inheritdoc/>
    public bool IsExhausted { get; private set; }

    /// <inheritdoc/>
    public bool TryRead(out RawDocument document)
    {
        Resume();
        if (!IsExhausted && enumerator.MoveNext())
        {
            document = enumerator.Current;
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
    public void Dispose()
    {
        enumerator.Dispose();
        view.Dispose();
    }

    private void Resume()
    {
        if (!isSuspended)
        {
            return;
        }

        isSuspended = false;
        view.Refresh();
        if (collection is { } uuid && view.Catalog.Find(uuid) is null)
        {
            throw new CommandException(ErrorCode.QueryPlanKilled, $"collection dropped. UUID {uuid}");
        }
    }
}
