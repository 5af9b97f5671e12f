using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>
/// An <c>_id</c> that a sharded source has twice, on two shards (S3): where the shard key is not <c>_id</c>, each shard knows only its own.
/// Commands by <c>_id</c> would meet both, so nothing can be said of either.
/// </summary>
internal sealed class RepeatedIds(Namespace name, bool mayRepeat)
{
    private KeyScratch current = new();
    private KeyScratch previous = new();

    /// <summary>Looks at documents as they are read, in the order of their <c>_id</c>s: equal ones stand side by side.</summary>
    internal void Look(DocumentBatch batch)
    {
        if (!mayRepeat)
        {
            return;
        }

        foreach (var document in batch)
        {
            (current, previous) = (previous, current);
            if (current.Encode(document["_id"u8]).SequenceEqual(previous.Last))
            {
                throw Failure(name, document["_id"u8]);
            }
        }
    }

    /// <summary>What a person is told.</summary>
    internal static MigrationFailedException Failure(Namespace name, RawValue id) =>
        new(
            "DuplicateIds",
            $"The source holds two documents of {name} with the _id {id}, on different shards.",
            "Remove one of them, or give it another _id, then run the migration again."
        );
}
