using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>A role and the database it belongs to.</summary>
/// <param name="Role">Its name.</param>
/// <param name="Database">The database.</param>
internal readonly record struct RoleName(string Role, string Database)
{
    /// <summary>The form <c>{role, db}</c>.</summary>
    internal RawDocument ToDocument() => new DocumentBuilder { { "role", Role }, { "db", Database } }.Build();

    /// <summary>Reads a role given by name, or as <c>{role, db}</c>.</summary>
    internal static RoleName Parse(RawValue value, string database) =>
        value.Type == BsonType.String
            ? new(value.AsString, database)
            : new(value.AsDocument["role"].AsString, value.AsDocument["db"].AsString);
}
