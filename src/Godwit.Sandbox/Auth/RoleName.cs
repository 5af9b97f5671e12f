using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>A role and the database it belongs to.</summary>
/// <param name="Role">Its name.</param>
/// <param name="Database">The database.</param>
internal readonly record struct RoleName(string Role, string Database)
{
    /// <summary>The form <c>{role, db}</c>.</summary>
    internal RawDocument ToDocument() => new DocumentBuilder { { "role", Role }, { "db", Database } }.Build();

    /// <summary>Several of them.</summary>
    internal static RawValue ToArray(IEnumerable<RoleName> roles) =>
        RawValue.Array(roles.Select(role => RawValue.Document(role.ToDocument())));

    /// <summary>Reads a role given by name, or as <c>{role, db}</c>.</summary>
    internal static RoleName Parse(RawValue value, string database)
    {
        if (value.Type == BsonType.String)
        {
            return new(value.AsString, database);
        }

        return
            value.Type == BsonType.Document
            && value.AsDocument["role"] is { Type: BsonType.String } role
            && value.AsDocument["db"] is { Type: BsonType.String } db
            ? new(role.AsString, db.AsString)
            : throw new CommandException(
                ErrorCode.BadValue,
                "Role names must be either strings or objects with the fields role and db, both strings"
            );
    }
}
