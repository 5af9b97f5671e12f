using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>One event on its way to a client: its identity in the stream and the parts its document is written from.</summary>
internal sealed record ChangeEvent
{
    internal required ClusterTime ClusterTime { get; init; }

    internal required string OperationType { get; init; }

    internal required RawValue WallTime { get; init; }

    /// <summary>The namespace; its collection is empty for <c>dropDatabase</c>; absent for <c>invalidate</c>.</summary>
    internal Namespace? Namespace { get; init; }

    internal Guid? CollectionUuid { get; init; }

    internal int TransactionOpIndex { get; init; }

    internal RawValue TransactionNumber { get; init; }

    internal RawValue SessionId { get; init; }

    internal RawValue DocumentKey { get; init; }

    internal RawValue OperationDescription { get; init; }

    /// <summary>New name of a rename.</summary>
    internal Namespace? To { get; init; }

    /// <summary>The whole document of an insert or replacement.</summary>
    internal RawValue FullDocument { get; init; }

    /// <summary>The <c>$v:2</c> entry of an update.</summary>
    internal RawValue RawUpdate { get; init; }

    internal RawValue StateBeforeChange { get; init; }

    internal string? NamespaceType { get; init; }

    /// <summary>Where the pre-image is kept: time of the entry that carries the write, and position in it.</summary>
    internal (ClusterTime Time, long Index) PreImageId { get; init; }

    internal bool IsInvalidate => OperationType == "invalidate";

    /// <summary>Token of the event; an invalidate has the token of its cause, marked.</summary>
    internal required ResumeToken Token { get; init; }

    /// <summary>Adds the event's token, built from its identifying parts.</summary>
    internal static ResumeToken MakeToken(
        ClusterTime time,
        int index,
        Guid? uuid,
        string type,
        RawValue key,
        RawValue description
    ) =>
        new()
        {
            ClusterTime = time,
            TransactionOpIndex = index,
            CollectionUuid = uuid,
            EventIdentifier = new DocumentBuilder
            {
                { "operationType", type },
                { "documentKey", key },
                { "operationDescription", description },
            },
        };

    /// <summary>The invalidate that follows this event.</summary>
    internal ChangeEvent ToInvalidate() =>
        new()
        {
            ClusterTime = ClusterTime,
            OperationType = "invalidate",
            WallTime = WallTime,
            Token = Token with { FromInvalidate = true },
        };
}
