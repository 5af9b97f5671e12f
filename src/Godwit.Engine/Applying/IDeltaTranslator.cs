using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>
/// Turns the delta of an <c>update</c> event into updates that, applied in order to the very document the delta was made on, give the document after it byte for byte (S11).
/// </summary>
internal interface IDeltaTranslator
{
    /// <summary>
    /// Appends the <c>u</c> of each statement for the event. Returns <see langword="false"/>, having appended nothing, when the
    /// delta cannot be expressed exactly: the document is then read again (S12).
    /// </summary>
    bool TryTranslate(RawDocument changeEvent, ICollection<RawDocument> updates);
}
