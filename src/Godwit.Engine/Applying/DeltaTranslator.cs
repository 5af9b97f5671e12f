using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// Translates the delta of an <c>update</c> event into classic update statements (S11). With the raw <c>$v:2</c> diff nearly every
/// delta is expressed exactly in one to four statements; from a plain <c>updateDescription</c>, which does not say whether a field
/// was changed in place or moved to the end, only what cannot be either. One serves a lane, event after event.
/// </summary>
internal sealed class DeltaTranslator
{
    /// <summary>Beyond this a statement could pass the server's limit for a command's document; reading again always fits.</summary>
    private const int DescriptionBytesMax = 12 * 1024 * 1024;

    /// <summary>More statements than this cost more than reading the document again.</summary>
    private const int StatementsMax = 4;

    private readonly Delta delta = new();

    /// <summary>
    /// Reads the event's description (<c>rawUpdateDescription</c> or <c>updateDescription</c>). Returns <see langword="false"/> when
    /// the delta cannot be expressed exactly: the document is then read again (S12).
    /// </summary>
    /// <param name="description">What the event says.</param>
    /// <param name="keyPaths">A delta that touches one of these may move the document to another shard (S12).</param>
    internal bool TryRead(RawDocument description, ShardKeyPaths? keyPaths = null)
    {
        delta.Clear(keyPaths);
        if (description.Length > DescriptionBytesMax)
        {
            return false;
        }

        var diff = description["diff"u8];
        var isExact = diff.IsMissing
            ? UpdateDescriptionReader.TryRead(description, delta)
            : RawDiffReader.TryRead(diff.AsDocument, delta);
        return isExact && delta.Statements <= StatementsMax && !delta.HasTouchedKey;
    }

    /// <summary>
    /// Writes the statements of the delta that was read: applied in order to the very document the delta was made on, they give the
    /// document after it byte for byte. A delta that changes nothing at all has none.
    /// </summary>
    internal void WriteTo(StatementWriter statements, RawValue id) => delta.WriteTo(statements, id);
}
