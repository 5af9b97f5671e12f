using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Reading;

/// <summary>The collection of a command that takes its UUID in place of its name, as mongod's own tools give it.</summary>
internal static class NamedByUuid
{
    /// <summary>Its name in a view.</summary>
    /// <exception cref="CommandException">No collection of the database has that UUID.</exception>
    internal static Namespace Collection(CommandContext context, ReadView view) =>
        context.Body.First().Value is not { Type: BsonType.Binary, BinarySubtype: 4 } uuid ? context.Collection()
        : view.Catalog.Find(uuid.AsUuid) is { } found && found.Namespace.Database == context.Database ? found.Namespace
        : throw new CommandException(
            ErrorCode.NamespaceNotFound,
            $"Unable to resolve {context.Database}:{uuid.AsUuid}"
        );
}
