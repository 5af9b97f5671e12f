using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>
/// Translates the delta of an <c>update</c> event into classic update statements (S11). With the raw <c>$v:2</c> diff nearly every
/// delta is expressed exactly in one to four statements; from a plain <c>updateDescription</c>, which does not say whether a field
/// was changed in place or moved to the end, only what cannot be either.
/// </summary>
internal sealed class DeltaTranslator : IDeltaTranslator
{
    /// <summary>Beyond this a statement could pass the server's limit for a command's document; reading again always fits.</summary>
    private const int EventBytesMax = 12 * 1024 * 1024;

    /// <summary>More statements than this cost more than reading the document again.</summary>
    private const int StatementsMax = 4;

    /// <inheritdoc/>
    public bool TryTranslate(RawDocument changeEvent, ICollection<RawDocument> updates)
    {
        if (changeEvent.Length > EventBytesMax)
        {
            return false;
        }

        var delta = new Delta();
        var isExact = changeEvent.TryGet("rawUpdateDescription", out var raw)
            ? RawDiffReader.TryRead(raw.AsDocument["diff"].AsDocument, delta)
            : UpdateDescriptionReader.TryRead(changeEvent["updateDescription"].AsDocument, delta);
        if (!isExact)
        {
            return false;
        }

        var made = delta.ToUpdates();
        if (made.Count > StatementsMax)
        {
            return false;
        }

        foreach (var update in made)
        {
            updates.Add(update);
        }

        return true;
    }
}
