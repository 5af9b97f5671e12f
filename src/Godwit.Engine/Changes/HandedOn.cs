using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Changes;

/// <summary>How far streams have handed events on in this life.</summary>
/// <param name="Position">The place that they can be gone on with after a crash; empty until there is one.</param>
/// <param name="Last">The token of the last event; empty until there is one. Events come in the order of one stream, so none before it is still to come.</param>
internal readonly record struct HandedOn(RawDocument Position, RawDocument Last)
{
    /// <summary>So far with one more reply, whose bytes are not kept.</summary>
    internal HandedOn With(ChangeBatch batch) =>
        new(
            batch.PostBatchResumeToken,
            batch.Events.Count == 0 ? Last : new(batch.Events.Last["_id"u8].AsDocument.Bytes.ToArray())
        );
}
