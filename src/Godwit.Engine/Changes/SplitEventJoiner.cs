using Godwit.Bson;

namespace Godwit.Engine.Changes;

/// <summary>Puts the fragments of an event that was too large for one document together again (S15).</summary>
internal sealed class SplitEventJoiner
{
    private DocumentBuilder? joined;

    /// <summary>The event, if the fragment completes one; <see langword="null"/> while others are missing.</summary>
    internal RawDocument? Add(RawDocument raw)
    {
        var split = raw["splitEvent"u8].AsDocument;
        var (fragment, of) = (split["fragment"].AsInt32, split["of"].AsInt32);
        joined = fragment == 1 ? new(raw.Length) : joined;
        if (joined is null)
        {
            throw new BsonFormatException($"fragment {fragment} of a change event came without those before it");
        }

        foreach (var field in raw)
        {
            if (!field.NameIs("splitEvent"u8) && !(fragment > 1 && field.NameIs("_id"u8)))
            {
                _ = joined.Add(field);
            }
        }

        return fragment == of ? joined.Build() : null;
    }
}
