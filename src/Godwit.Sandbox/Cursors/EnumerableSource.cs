using Godwit.Bson;

namespace Godwit.Sandbox.Cursors;

/// <summary>A source that ends: the result of a query or pipeline, pulled as batches are asked for.</summary>
internal sealed class EnumerableSource(IEnumerable<RawDocument> documents) : IDocumentSource
{
    private readonly IEnumerator<RawDocument> enumerator = documents.GetEnumerator();

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
            return true;
        }

        IsExhausted = true;
        document = default;
        return false;
    }

    /// <inheritdoc/>
    public Task WaitForMoreAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => enumerator.Dispose();
}
