using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>Writes an event's document, its fields in the server's order, with the images that the stream asks for.</summary>
internal sealed class ChangeEventWriter(
    ChangeStreamSpecification specification,
    Func<Namespace, RawDocument, RawDocument?> findCurrent
)
{
    /// <summary>Writes it.</summary>
    /// <param name="change">The event.</param>
    /// <param name="origin">The history it comes from, which has the images.</param>
    internal RawDocument Write(ChangeEvent change, IChangeStreamHistory origin)
    {
        var isExpanded = specification.ShowExpandedEvents;
        var before = PreImage(change, origin);
        var builder = new DocumentBuilder
        {
            { "to", change.To is { } to ? Describe(to) : default },
            { "txnNumber", change.TransactionNumber },
            { "lsid", change.SessionId },
            { "_id", change.Token.ToDocument() },
            { "operationType", change.OperationType },
            { "clusterTime", change.ClusterTime },
        };
        if (isExpanded && change.CollectionUuid is { } uuid)
        {
            _ = builder.Add("collectionUUID", RawValue.Uuid(uuid));
        }

        _ = builder
            .Add("wallTime", change.WallTime)
            .Add("fullDocument", FullDocument(change, before))
            .Add("ns", change.Namespace is { } ns ? Describe(ns) : default)
            .Add("documentKey", change.DocumentKey)
            .Add("operationDescription", isExpanded ? change.OperationDescription : default);
        WriteUpdate(builder, change);
        return builder
            .Add("stateBeforeChange", change.StateBeforeChange)
            .Add("nsType", change.NamespaceType is { } type ? type : RawValue.Missing)
            .Add("fullDocumentBeforeChange", specification.FullDocumentBeforeChange == "off" ? default : before)
            .Build();
    }

    private void WriteUpdate(DocumentBuilder builder, ChangeEvent change)
    {
        if (change.RawUpdate.IsMissing)
        {
            return;
        }

        if (specification.ShowRawUpdateDescription)
        {
            _ = builder.Add("rawUpdateDescription", change.RawUpdate);
            return;
        }

        var diff = change.RawUpdate.AsDocument["diff"].AsDocument;
        _ = builder.Add("updateDescription", UpdateDescription.FromDiff(diff, specification.TellsPathsApart));
    }

    private RawValue FullDocument(ChangeEvent change, RawValue before)
    {
        if (change.RawUpdate.IsMissing)
        {
            return change.FullDocument;
        }

        switch (specification.FullDocument)
        {
            case "updateLookup":
                return findCurrent(change.Namespace!.Value, change.DocumentKey.AsDocument) is { } current
                    ? RawValue.Document(current)
                    : RawValue.Null;
            case "whenAvailable" or "required":
                return before.Type == BsonType.Document
                    ? DiffApplier.Apply(before.AsDocument, change.RawUpdate.AsDocument["diff"].AsDocument)
                    : RequiredOrNull(specification.FullDocument, change, "post-image");
            default:
                return default;
        }
    }

    /// <summary>The pre-image where the stream shows it or computes the post-image from it.</summary>
    private RawValue PreImage(ChangeEvent change, IChangeStreamHistory origin)
    {
        var isShown = specification.FullDocumentBeforeChange != "off";
        var isNeededForPostImage =
            !change.RawUpdate.IsMissing && specification.FullDocument is "whenAvailable" or "required";
        if (change.OperationType is not ("update" or "replace" or "delete") || !(isShown || isNeededForPostImage))
        {
            return default;
        }

        var (time, index) = change.PreImageId;
        var image = change.CollectionUuid is { } uuid ? origin.FindPreImage(uuid, time, index) : null;
        if (image is { } found)
        {
            return found;
        }

        return isShown ? RequiredOrNull(specification.FullDocumentBeforeChange, change, "pre-image") : RawValue.Null;
    }

    private static RawValue RequiredOrNull(string setting, ChangeEvent change, string what)
    {
        if (setting != "required")
        {
            return RawValue.Null;
        }

        var scope = what == "pre-image" ? "all update, delete and replace events" : "all update events";
        var name = new DocumentBuilder
        {
            { "operationType", change.OperationType },
            { "ns", Describe(change.Namespace!.Value) },
            { "clusterTime", change.ClusterTime },
            { "txnNumber", change.TransactionNumber },
        }.Build();
        throw new CommandException(
            ErrorCode.NoMatchingDocument,
            $"Change stream was configured to require a {what} for {scope}, but the {what} was not found for event: {name}"
        );
    }

    private static RawValue Describe(Namespace ns) =>
        new DocumentBuilder
        {
            { "db", ns.Database },
            { "coll", ns.Collection.Length == 0 ? RawValue.Missing : ns.Collection },
        };
}
