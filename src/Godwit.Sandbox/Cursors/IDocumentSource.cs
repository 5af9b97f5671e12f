using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Cursors;

/// <summary>
/// Where a cursor takes its documents from. Used by one command at a time; the cursor disposes it when it is closed or killed.
/// </summary>
internal interface IDocumentSource : IDisposable
{
    /// <summary>
    /// What a reply given now carries as <c>postBatchResumeToken</c>: the place after the last document read.
    /// Missing for cursors without one.
    /// </summary>
    RawValue PostBatchResumeToken { get; }

    /// <summary>Whether nothing will ever come again. A tailable source at its present end says no.</summary>
    bool IsExhausted { get; }

    /// <summary>Whether it ended with an <c>invalidate</c>, which a reply tells.</summary>
    bool IsInvalidated => false;

    /// <summary>Gives the next document if there is one now.</summary>
    bool TryRead(out RawDocument document);

    /// <summary>Called before a batch is read: a source whose documents come from elsewhere fetches them.</summary>
    ValueTask PrepareAsync(CommandContext context, int documentsMax, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    /// <summary>Called after each batch: the source lets go of what it need not hold until the next.</summary>
    void Suspend() { }

    /// <summary>Called before a further batch is read: the source makes sure that it may go on.</summary>
    void Resume() { }

    /// <summary>Waits until <see cref="TryRead"/> may give more; only called on awaitData cursors.</summary>
    Task WaitForMoreAsync(CancellationToken cancellationToken);
}
