using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>What a change stream needs of a shard beside the oplog, which a shard in another process sends along with it.</summary>
/// <param name="Current">Whether it shows updated documents as they are now.</param>
/// <param name="PreImages">Whether it shows documents as they were before, or as they were just after.</param>
internal sealed record HistoryNeeds(bool Current, bool PreImages)
{
    /// <summary>By the stage's own options.</summary>
    internal static HistoryNeeds Of(RawDocument stage)
    {
        var options = stage["$changeStream"] is { Type: BsonType.Document } given
            ? given.AsDocument
            : RawDocument.Empty;
        var after = options["fullDocument"];
        var before = options["fullDocumentBeforeChange"];
        return new(
            after == "updateLookup",
            (!before.IsMissing && before != "off") || after == "whenAvailable" || after == "required"
        );
    }
}
