using System.Security.Cryptography;
using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sessions;

/// <summary>A logical session: the client's UUID and the hash of the user it belongs to.</summary>
/// <param name="Id">The UUID the client chose.</param>
/// <param name="UserHash">SHA-256 of the user's full name; of the empty text where nobody is logged in.</param>
internal readonly record struct LogicalSessionId(Guid Id, ReadOnlyMemory<byte> UserHash)
{
    /// <summary>The hash that stands for nobody.</summary>
    internal static readonly ReadOnlyMemory<byte> NoUser = SHA256.HashData([]);

    /// <summary>Same UUID and same user.</summary>
    public bool Equals(LogicalSessionId other) => Id == other.Id && UserHash.Span.SequenceEqual(other.UserHash.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();

    /// <summary>Reads <c>{id: UUID}</c>; the user is nobody until the dispatcher puts the real one.</summary>
    internal static LogicalSessionId Parse(RawDocument document)
    {
        foreach (var element in document)
        {
            if (element.Name is not ("id" or "uid" or "txnNumber" or "txnUUID"))
            {
                throw CommandErrors.UnknownField("OperationSessionInfo.lsid", element.Name);
            }
        }

        var id = document["id"];
        if (id.IsMissing)
        {
            throw CommandErrors.MissingField("request.lsid", "id");
        }

        if (id.Type != BsonType.Binary || id.BinarySubtype != 4 || id.BinaryData.Length != 16)
        {
            throw CommandErrors.WrongType("request.lsid", "id", id, id.Type == BsonType.Binary ? "UUID" : "binData");
        }

        return new(id.AsUuid, document["uid"] is { Type: BsonType.Binary } hash ? hash.BinaryData : NoUser);
    }

    /// <summary>The stored form <c>{id, uid}</c>, as in the oplog and <c>config.transactions</c>.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder { { "id", RawValue.Uuid(Id) }, { "uid", RawValue.Binary(UserHash.Span) } }.Build();
}
