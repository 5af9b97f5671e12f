using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>Actions on a resource: granted by a role, or needed by a command.</summary>
/// <param name="Resource">What it is about.</param>
/// <param name="Actions">What may be done, or must be allowed.</param>
internal sealed record Privilege(Resource Resource, params IReadOnlyList<string> Actions)
{
    /// <summary>Reads the privileges a role command names.</summary>
    internal static List<Privilege> ParseAll(IEnumerable<RawDocument> documents)
    {
        var privileges = documents.Select(Parse).ToList();
        var unknown = privileges
            .SelectMany(privilege => privilege.Actions)
            .Where(action => !ActionNames.Exists(action))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return unknown.Count == 0
            ? privileges
            : throw new CommandException(
                ErrorCode.BadValue,
                "Unknown action type in privilege set: " + string.Join(", ", unknown.Select(name => $"'{name}'"))
            );
    }

    /// <summary>Reads a stored privilege.</summary>
    internal static Privilege Parse(RawDocument document)
    {
        var arguments = new CommandArguments(document, "privilege");
        var resource = arguments.RequiredDocument("resource");
        var actions = arguments.Array("actions") ?? throw CommandErrors.MissingField("privilege", "actions");
        return new(
            Resource.Parse(resource),
            [.. actions.Select(action => action.Type == BsonType.String ? action.AsString : "")]
        );
    }

    /// <summary>The form clients see.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "resource", Resource.ToDocument() },
            { "actions", RawValue.Array(ActionNames.Sort(Actions).Select(RawValue.String)) },
        }.Build();
}
