using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace Godwit.Engine.Mongo.Administration;

/// <summary>What a cluster keeps of its users and custom roles, as documents: with credentials, and so a secret.</summary>
/// <param name="Roles">Custom roles.</param>
/// <param name="Users">Users.</param>
internal sealed record AccessEntries(IReadOnlyList<BsonDocument> Roles, IReadOnlyList<BsonDocument> Users)
{
    private static readonly JsonWriterSettings Exact = new() { OutputMode = JsonOutputMode.CanonicalExtendedJson };

    /// <summary>As a text that gives the same again.</summary>
    internal string Write() =>
        new BsonDocument { { "roles", new BsonArray(Roles) }, { "users", new BsonArray(Users) } }.ToJson(Exact);

    /// <exception cref="FormatException">It is none.</exception>
    internal static AccessEntries Parse(string text)
    {
        var whole = BsonDocument.Parse(text);
        return new(
            [.. whole["roles"].AsBsonArray.Select(one => one.AsBsonDocument)],
            [.. whole["users"].AsBsonArray.Select(one => one.AsBsonDocument)]
        );
    }

    /// <summary>Without what it holds.</summary>
    public override string ToString() => "users and roles";
}
