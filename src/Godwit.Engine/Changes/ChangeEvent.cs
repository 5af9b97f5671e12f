using Godwit.Bson;
using Godwit.Engine.Remote;

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

    /// <summary>A piece of an event that was too large for one document (S15).</summary>
    Fragment,
}

/// <summary>The few fields of a raw event that matter to the engine, found in one walk; a view into the batch.</summary>
internal readonly struct ChangeEvent
{
    internal RawDocument Raw { get; private init; }

    internal EventKind Kind { get; private init; }

    internal ClusterTime Time { get; private init; }

    /// <summary>The UUID of its collection: data events go by it, never by name (S1).</summary>
    internal Guid Collection { get; private init; }

    /// <summary>The <c>_id</c> of the document key.</summary>
    internal RawValue Id { get; private init; }

    /// <summary>What came of the document: the whole of it, or the description of its update; raw where there are both.</summary>
    internal RawValue Content { get; private init; }

    /// <summary>It does not say what came of the document, since it was too large: the document is read again (S12, S15).</summary>
    internal bool IsPartial =>
        Content.IsMissing && !Held.IsHeld && Kind is EventKind.Insert or EventKind.Update or EventKind.Replace;

    /// <summary>Where its content is, if it stayed with the host that has read it.</summary>
    internal HeldContent Held { get; private init; }

    /// <summary>
    /// Whether it is of a transaction of several statements. On a sharded source such an event may carry a later time than the snapshots
    /// that have it already (S12).
    /// </summary>
    internal bool IsOfTransaction { get; private init; }

    internal bool IsData => Kind is EventKind.Insert or EventKind.Update or EventKind.Replace or EventKind.Delete;

    /// <exception cref="BsonFormatException">The event lacks what every event has.</exception>
    internal static ChangeEvent Parse(RawDocument raw)
    {
        RawValue operation = default,
            time = default,
            collection = default,
            key = default,
            document = default,
            description = default,
            rawDescription = default;
        var isOfTransaction = false;
        HeldContent held = default;
        foreach (var field in raw)
        {
            var name = field.NameUtf8.Span;
            if (name.SequenceEqual("operationType"u8))
            {
                operation = field.Value;
            }
            else if (name.SequenceEqual("clusterTime"u8))
            {
                time = field.Value;
            }
            else if (name.SequenceEqual("collectionUUID"u8))
            {
                collection = field.Value;
            }
            else if (name.SequenceEqual("documentKey"u8))
            {
                key = field.Value;
            }
            else if (name.SequenceEqual("fullDocument"u8))
            {
                document = field.Value;
            }
            else if (name.SequenceEqual("rawUpdateDescription"u8))
            {
                rawDescription = field.Value;
            }
            else if (name.SequenceEqual("updateDescription"u8))
            {
                description = field.Value;
            }
            else if (name.SequenceEqual("txnNumber"u8))
            {
                isOfTransaction = true;
            }
            else if (name.SequenceEqual(EventStubs.FieldName))
            {
                held = HeldContent.Read(field.Value.BinaryData.Span);
            }
            else if (name.SequenceEqual("splitEvent"u8))
            {
                return new() { Raw = raw, Kind = EventKind.Fragment };
            }
        }

        if (operation.IsMissing || time.IsMissing)
        {
            throw new BsonFormatException("a change event lacks its operation type or its time");
        }

        var kind = KindOf(operation.AsStringUtf8.Span);
        return new()
        {
            Raw = raw,
            Kind = kind,
            Time = time.AsTimestamp,
            IsOfTransaction = isOfTransaction,
            Held = held,
            Collection = collection.IsMissing ? Guid.Empty : collection.AsUuid,
            Id = key.IsMissing ? default : key.AsDocument["_id"u8],
            Content =
                kind != EventKind.Update ? document
                : rawDescription.IsMissing ? description
                : rawDescription,
        };
    }

    /// <summary>Its namespace, as it was called then.</summary>
    internal Namespace ReadName() => NameOf(Raw["ns"]);

    /// <summary>The name that a rename gives.</summary>
    internal Namespace ReadNewName() => NameOf(Raw["to"]);

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
            _ when operation.SequenceEqual("update"u8) => EventKind.Update,
            _ when operation.SequenceEqual("insert"u8) => EventKind.Insert,
            _ when operation.SequenceEqual("replace"u8) => EventKind.Replace,
            _ when operation.SequenceEqual("delete"u8) => EventKind.Delete,
            _ when operation.SequenceEqual("endOfTransaction"u8) => EventKind.Ignored,
            _ when operation.SequenceEqual("startIndexBuild"u8) => EventKind.Ignored,
            _ => EventKind.Definition,
        };
}
