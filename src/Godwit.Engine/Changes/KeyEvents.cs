using Godwit.Bson;

namespace Godwit.Engine.Changes;

/// <summary>
/// What is kept of an event whose document is read again whatever it says (S8): operation, time, collection and key. It parses as an
/// event that does not say what came of its document; a deletion says it all the same.
/// </summary>
internal static class KeyEvents
{
    internal static RawDocument Of(RawDocument change)
    {
        var kept = new DocumentBuilder();
        foreach (var field in change)
        {
            if (
                field.NameIs("operationType"u8)
                || field.NameIs("clusterTime"u8)
                || field.NameIs("collectionUUID"u8)
                || field.NameIs("documentKey"u8)
            )
            {
                kept.Add(field.Name, field.Value);
            }
        }

        return kept.Build();
    }
}
