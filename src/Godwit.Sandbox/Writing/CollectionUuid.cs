using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Writing;

/// <summary>The <c>collectionUUID</c> argument: the command runs only on the very collection the client means.</summary>
internal static class CollectionUuid
{
    /// <summary>Refuses with 361 where the collection of that name is another one.</summary>
    internal static void Check(CommandContext context, Namespace ns, CollectionInfo? collection) =>
        Check(context, context.Body["collectionUUID"], ns, collection);

    /// <summary>Refuses with 361 where the collection of that name is another one than <paramref name="expected"/>.</summary>
    internal static void Check(CommandContext context, RawValue expected, Namespace ns, CollectionInfo? collection)
    {
        if (expected.IsMissing)
        {
            return;
        }

        if (expected.Type != BsonType.Binary || expected.BinarySubtype != 4)
        {
            throw CommandErrors.WrongType(context.Traits.FieldOwner, "collectionUUID", expected, "UUID");
        }

        var uuid = expected.AsUuid;
        if (collection is { IsView: false } && collection.Uuid == uuid)
        {
            return;
        }

        var actual = context.Node.Catalog.Latest.Find(uuid);
        var isHere = actual is { IsView: false } && actual.Namespace.Database == ns.Database;
        throw new CommandException(
            ErrorCode.CollectionUUIDMismatch,
            "Collection UUID does not match that specified",
            new DocumentBuilder
            {
                { "db", ns.Database },
                { "collectionUUID", expected },
                { "expectedCollection", ns.Collection },
                { "actualCollection", isHere ? RawValue.String(actual!.Namespace.Collection) : RawValue.Null },
            }.Build()
        );
    }
}
