using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Changes;

/// <summary>Where a stream can go on after a batch: never within an event that came in fragments (S15).</summary>
internal static class WholeEvents
{
    /// <summary>The position after the last whole event: the batch's own, unless it ends within a split one.</summary>
    internal static StreamPosition After(ChangeBatch batch, StreamPosition before)
    {
        if (batch.Events.Count == 0)
        {
            return new(batch.PostBatchResumeToken, IsFragment: false);
        }

        var last = batch.Events.Last;
        if (IsComplete(last))
        {
            return new(batch.PostBatchResumeToken, last.Has("splitEvent"));
        }

        RawDocument whole = default;
        foreach (var document in batch.Events)
        {
            whole = IsComplete(document) ? document : whole;
        }

        return whole.IsEmpty ? before : new(new(whole["_id"u8].Bytes.ToArray()), whole.Has("splitEvent"));
    }

    /// <summary>The batch without the events at its head that are not after a token.</summary>
    internal static ChangeBatch Skip(ChangeBatch batch, RawDocument through)
    {
        var (skipped, bytes) = (0, 0);
        foreach (var document in batch.Events)
        {
            if (DataOf(document["_id"u8].AsDocument).SequenceCompareTo(DataOf(through)) > 0)
            {
                break;
            }

            skipped++;
            bytes += document.Length;
        }

        var rest = new DocumentBatch(batch.Events.Bytes[bytes..], batch.Events.Count - skipped, batch.Events);
        return batch with { Events = rest };
    }

    /// <summary>Tokens compare as their text does.</summary>
    private static ReadOnlySpan<byte> DataOf(RawDocument token) => token["_data"u8].AsStringUtf8.Span;

    /// <summary>Whether a document is a whole event or the last fragment of one.</summary>
    internal static bool IsComplete(RawDocument document) =>
        document["splitEvent"u8] is not { Type: BsonType.Document } split
        || split.AsDocument["fragment"].AsInt32 == split.AsDocument["of"].AsInt32;
}

/// <summary>Where a stream stands.</summary>
/// <param name="Token">The token to go on after; empty where none is known yet.</param>
/// <param name="IsFragment">Whether it is that of a last fragment: only a stream that splits events can go on after it.</param>
internal readonly record struct StreamPosition(RawDocument Token, bool IsFragment);
