using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Auth;

/// <summary>A command whose needs are asked for: the one sent, or the one inside an <c>explain</c>.</summary>
/// <param name="Context">The running command.</param>
/// <param name="Request">The command whose needs are asked for.</param>
internal readonly record struct RightsQuery(CommandContext Context, CommandRequest Request)
{
    /// <summary>Its body.</summary>
    internal RawDocument Body => Request.Body;

    /// <summary>The database it runs against.</summary>
    internal string Database => Request.Database;

    /// <summary>The collection its first field names, or the database.</summary>
    internal Resource Target =>
        Body.First().Value is { Type: BsonType.String } name
            ? Resource.Of(new(Database, name.AsString))
            : Resource.OfDatabase(Database);

    /// <summary>The database as a whole.</summary>
    internal Resource WholeDatabase => Resource.OfDatabase(Database);

    /// <summary>The documents of an argument, in the body or beside it; none where they are no documents.</summary>
    internal IReadOnlyList<RawDocument> Documents(string field) => Request.Documents(field, Request.Name) ?? [];

    /// <summary>The text of an argument; empty where it is none.</summary>
    internal string Text(string field) => Body[field] is { Type: BsonType.String } text ? text.AsString : "";
}
