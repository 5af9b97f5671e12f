using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Cursors;

/// <summary>
/// An open cursor: its source, who may use it, and the one document that did not fit the last batch. One command uses it at a time.
/// </summary>
internal sealed class ServerCursor(long id, IDocumentSource source, CursorOptions options, SessionOptions session)
    : IDisposable
{
    /// <summary>Bytes of documents in one batch; one document alone may be larger.</summary>
    internal const int BatchBytesMax = 16 * 1024 * 1024;

    private RawDocument? heldBack;
    private RawValue tokenBeforeHeldBack;
    private bool isFirstBatch = true;

    /// <summary>The id clients name.</summary>
    internal long Id { get; } = id;

    /// <summary>What the command that opened it asked for.</summary>
    internal CursorOptions Options { get; } = options;

    /// <summary>The session it belongs to.</summary>
    internal SessionOptions Session { get; } = session;

    /// <summary>Who opened the cursor, and alone may continue it.</summary>
    internal AuthenticatedUser? Owner { get; init; }

    /// <summary>What the router knew that opened it.</summary>
    internal Sharding.RoutedRequest? Routing { get; init; }

    /// <summary>The command that opened the cursor, for currentOp.</summary>
    internal RawDocument OriginatingCommand { get; init; }

    /// <summary>When it was last used.</summary>
    internal DateTimeOffset LastUsed { get; set; }

    /// <summary>Whether a command is using it now.</summary>
    internal bool IsPinned { get; set; }

    /// <summary>Set when the cursor was killed while in use.</summary>
    internal bool IsKilled { get; set; }

    /// <summary>Whether nothing is left and nothing will come.</summary>
    internal bool IsExhausted => heldBack is null && source.IsExhausted;

    /// <summary>Whether the reply that gives the last document says that an <c>invalidate</c> ended it.</summary>
    internal bool IsInvalidated => heldBack is null && source.IsInvalidated;

    /// <summary>What replies carry as <c>postBatchResumeToken</c>; missing for most cursors.</summary>
    internal RawValue PostBatchResumeToken => heldBack is null ? source.PostBatchResumeToken : tokenBeforeHeldBack;

    /// <summary>Takes documents until the batch is full in number or bytes, or there is none now.</summary>
    internal ArrayBuilder ReadBatch(int documentsMax)
    {
        var batch = new ArrayBuilder();
        source.Resume();
        while (batch.Count < documentsMax && TryTakeNext(out var document, out var tokenBefore))
        {
            if (batch.Count > 0 && batch.Length + document.Length > BatchBytesMax)
            {
                heldBack = document;
                tokenBeforeHeldBack = tokenBefore;
                break;
            }

            batch.Add(document);
        }

        source.Suspend();
        isFirstBatch = false;
        return batch;
    }

    /// <summary>Lets the source fetch what the next batch needs.</summary>
    internal ValueTask PrepareAsync(CommandContext context, int documentsMax, CancellationToken cancellationToken) =>
        source.PrepareAsync(context, documentsMax, cancellationToken);

    /// <summary>Waits until there may be more; for awaitData cursors.</summary>
    internal Task WaitForMoreAsync(CancellationToken cancellationToken) => source.WaitForMoreAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    /// <summary>Says of an error that it came while reading, and in which command.</summary>
    private bool TryTakeNext(out RawDocument document, out RawValue tokenBefore)
    {
        try
        {
            return TryTake(out document, out tokenBefore);
        }
        catch (CommandException refusal) when (Options.Failure is { } failure)
        {
            var place = isFirstBatch ? failure : "Executor error during getMore";
            throw refusal.Message.StartsWith(place, StringComparison.Ordinal) ? refusal : refusal.With(place);
        }
    }

    private bool TryTake(out RawDocument document, out RawValue tokenBefore)
    {
        tokenBefore = source.PostBatchResumeToken;
        if (heldBack is { } held)
        {
            document = held;
            tokenBefore = tokenBeforeHeldBack;
            heldBack = null;
            return true;
        }

        return source.TryRead(out document);
    }
}
