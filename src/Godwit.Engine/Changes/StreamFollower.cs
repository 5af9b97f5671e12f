using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Changes;

/// <summary>
/// Reads the change stream into the buffer and opens it again after its last whole event when it breaks. An event too large to be
/// shown is read without its content (S15): its key says which document is to be read again.
/// </summary>
internal sealed class StreamFollower(
    Func<ChangeStreamRequest, CancellationToken, Task<IChangeStream>> open,
    OpenedPart opened,
    ClusterTime begin,
    RetryPolicy retry,
    TimeSpan awaitTime
) : IAsyncDisposable
{
    /// <summary>A document of the reply would be too large; a field of an event is, even in a fragment of its own.</summary>
    private static readonly int[] TooLarge = [10334, 7182500];

    private StreamPosition position = new(opened.After, IsFragment: false);
    private RawDocument skipThrough;
    private bool isKeysOnly;
    private IChangeStream? stream = opened.Stream;
    private ChangeBatch? atHand = opened.First;
    private bool isWithinEvent;
    private long waited;
    private long brought;

    /// <summary>How long it has waited for replies so far.</summary>
    internal TimeSpan Waited => TimeSpan.FromTicks(Volatile.Read(ref waited));

    /// <summary>Events, or fragments of them, that it has brought so far.</summary>
    internal long Brought => Volatile.Read(ref brought);

    /// <summary>Follows until cancelled, or until it is to end: then behind a whole event.</summary>
    /// <param name="handOver">Takes a reply over, with the token the stream had before it.</param>
    /// <param name="ending">Asks it to end.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    internal async Task RunAsync(
        Func<RawDocument, ChangeBatch, CancellationToken, Task> handOver,
        CancellationToken ending,
        CancellationToken cancellationToken
    )
    {
        while (!ending.IsCancellationRequested || isWithinEvent)
        {
            if (atHand is not null || await TryReadAsync(cancellationToken))
            {
                var hasEvents = await HandOverAsync(handOver, cancellationToken);
                if (!isKeysOnly || !hasEvents)
                {
                    continue;
                }

                // The event that was too large has passed: contents are shown again.
                isKeysOnly = false;
            }

            await retry.RunAsync(OpenOnceAsync, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref atHand, null)?.Dispose();
        if (Interlocked.Exchange(ref stream, null) is { } left)
        {
            await left.DisposeAsync();
        }
    }

    private async Task OpenOnceAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync();
        // No stream without fragments goes on after one: such a one begins at its time, and what came before it is skipped.
        var isSkipping = isKeysOnly && position.IsFragment;
        skipThrough = isSkipping ? position.Token : default;
        var request = new ChangeStreamRequest(
            isSkipping ? default : position.Token,
            isSkipping ? ResumeToken.TimeOf(position.Token) : begin,
            isKeysOnly,
            awaitTime
        )
        {
            Part = opened.Part,
        };
        try
        {
            stream = await open(request, cancellationToken);
            atHand = await stream.NextAsync(cancellationToken);
        }
        catch (ClusterException fault) when (TooLarge.Contains(fault.Code) && !isKeysOnly)
        {
            isKeysOnly = true;
            await OpenOnceAsync(cancellationToken);
        }
    }

    /// <summary>Reads the next batch; false if the stream broke and is to be opened again.</summary>
    private async Task<bool> TryReadAsync(CancellationToken cancellationToken)
    {
        var since = retry.Time.GetTimestamp();
        try
        {
            atHand = await stream!.NextAsync(cancellationToken);
            return true;
        }
        catch (ClusterException fault) when (TooLarge.Contains(fault.Code) && !isKeysOnly)
        {
            isKeysOnly = true;
            return false;
        }
        catch (ClusterException fault) when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor)
        {
            return false;
        }
        finally
        {
            _ = Interlocked.Add(ref waited, retry.Time.GetElapsedTime(since).Ticks);
        }
    }

    /// <summary>
    /// Hands the batch at hand over. It may end within a split event, whose rest cannot be had any more after a crash: so the position is
    /// that of the last whole one.
    /// </summary>
    private async Task<bool> HandOverAsync(
        Func<RawDocument, ChangeBatch, CancellationToken, Task> handOver,
        CancellationToken cancellationToken
    )
    {
        var batch = skipThrough.IsEmpty ? atHand! : WholeEvents.Skip(atHand!, skipThrough);
        atHand = null;
        var before = position.Token;
        position = WholeEvents.After(batch, position);
        var hasEvents = batch.Events.Count > 0;
        isWithinEvent = hasEvents ? !WholeEvents.IsComplete(batch.Events.Last) : isWithinEvent;
        _ = Interlocked.Add(ref brought, batch.Events.Count);
        await handOver(before, batch with { PostBatchResumeToken = position.Token }, cancellationToken);
        return hasEvents;
    }
}
