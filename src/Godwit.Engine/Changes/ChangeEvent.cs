using Godwit.Bson;

namespace Godwit.Engine.Changes;

/// <summary>What an event asks for.</summary>
internal enum EventKind
{
    /// <summary>A document came.</summary>
    Insert,

    /// <summary>A document changed by a delta.</summary>
    Update,

    /// <summary>A document was replaced.</summary>
    Replace,

    /// <summary>A document went.</summary>
    Delete,

    /// <summary>Collections, views or indexes changed.</summary>
    Definition,

    /// <summary>Nothing to do: bookkeeping of the server.</summary>
    Ignored,
}

/// <summary>The few fields of a raw event that routing looks at; a view into the batch.</summary>
internal readonly struct ChangeEvent
{
    private ChangeEvent(
        RawDocument raw,
        EventKind kind,
        ClusterTime time,
        Guid collection,
        RawValue id,
        bool isPartial
    ) => (Raw, Kind, Time, Collection, Id, IsPartial) = (raw, kind, time, collection, id, isPartial);

    internal RawDocument Raw { get; }

    internal EventKind Kind { get; }

    internal ClusterTime Time { get; }

    /// <summary>The UUID of its collection: data events go by it, never by name (S1).</summary>
    internal Guid Collection { get; }

    /// <summary>The <c>_id</c> of the document key.</summary>
    internal RawValue Id { get; }

    /// <summary>It does not say what came of the document, since it was too large: the document is read again (S12, S15).</summary>
    internal bool IsPartial { get; }

    internal bool IsData => Kind is EventKind.Insert or EventKind.Update or EventKind.Replace or EventKind.Delete;

    /// <exception cref="BsonFormatException">The event lacks what every event has.</exception>
    internal static ChangeEvent Parse(RawDocument raw)
    {
        RawValue operation = default,
            time = default,
            collection = default,
            key = default;
        var hasContent = false;
        foreach (var field in raw)
        {
            if (field.NameIs("operationType"u8))
            {
                operation = field.Value;
            }
            else if (field.NameIs("clusterTime"u8))
            {
                time = field.Value;
            }
            else if (field.NameIs("collectionUUID"u8))
            {
                collection = field.Value;
            }
            else if (field.NameIs("documentKey"u8))
            {
                key = field.Value;
            }
            else if (IsContent(field))
            {
                hasContent = true;
            }
        }

        if (operation.IsMissing || time.IsMissing)
        {
            throw new BsonFormatException("a change event lacks its operation type or its time");
        }

        var kind = KindOf(operation.AsStringUtf8.Span);
        return new(
            raw,
            kind,
            time.AsTimestamp,
            collection.IsMissing ? Guid.Empty : collection.AsUuid,
            key.IsMissing ? default : key.AsDocument["_id"u8],
            kind is EventKind.Insert or EventKind.Update or EventKind.Replace && !hasContent
        );
    }

    /// <summary>Its namespace, as it was called then.</summary>
    internal Namespace ReadName() => NameOf(Raw["ns"]);

    private static bool IsContent(RawElement field) =>
        field.NameIs("fullDocument"u8) || field.NameIs("updateDescription"u8) || field.NameIs("rawUpdateDescription"u8);

    private static Namespace NameOf(RawValue name) =>
        name.IsMissing
            ? default
            : new(
                name.AsDocument["db"] is { IsMissing: false } database ? database.AsString : "",
                name.AsDocument["coll"] is { IsMissing: false } collection ? collection.AsString : ""
            );

    /// <summary>Everything that is not known to be without meaning counts as a definition: a listing shows whether it changed anything.</summary>
    private static EventKind KindOf(ReadOnlySpan<byte> operation) =>
        operation switch
        {
            _ when operation.SequenceEqual("insert"u8) => EventKind.Insert,
            _ when operation.SequenceEqual("update"u8) => EventKind.Update,
            _ when operation.SequenceEqual("replace"u8) => EventKind.Replace,
            _ when operation.SequenceEqual("delete"u8) => EventKind.Delete,
            _ when operation.SequenceEqual("endOfTransaction"u8) => EventKind.Ignored,
            _ when operation.SequenceEqual("startIndexBuild"u8) => EventKind.Ignored,
            _ => EventKind.Definition,
        };
}
