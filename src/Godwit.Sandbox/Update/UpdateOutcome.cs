using Godwit.Bson;

namespace Godwit.Sandbox.Update;

/// <summary>What an update made of one document.</summary>
/// <param name="IsModified">Whether anything changed; if not, nothing is written and nothing logged.</param>
/// <param name="After">The document as it is to be stored.</param>
/// <param name="OplogObject">The <c>o</c> of the oplog entry: <c>{$v: 2, diff: …}</c> or the whole new document.</param>
internal sealed record UpdateOutcome(bool IsModified, RawDocument After, RawDocument OplogObject)
{
    internal static UpdateOutcome Unchanged(RawDocument document) => new(false, document, RawDocument.Empty);
}
