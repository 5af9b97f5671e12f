using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Update;

/// <summary>Puts a whole new document in the place of an old one: what replacements and pipelines have in common.</summary>
internal static class Replacing
{
    /// <summary>The new document with the old <c>_id</c> where it gives none, its fields otherwise in its own order.</summary>
    internal static RawDocument Replace(
        RawDocument before,
        RawDocument replacement,
        bool allowsDollarFields,
        bool isInsert
    )
    {
        var oldId = before["_id"];
        var newId = replacement["_id"];
        var after =
            newId.IsMissing && !oldId.IsMissing
                ? new DocumentBuilder(replacement.Length + 32).Add("_id", oldId).AddAll(replacement).Build()
                : replacement;
        if (!isInsert)
        {
            StorableFields.Check(after, allowsDollarFields);
        }

        if (newId.Type == BsonType.Array)
        {
            throw new CommandException(
                ErrorCode.NotSingleValueField,
                "After applying the update to the document, the (immutable) field '_id' was found to be an array or array descendant."
            );
        }

        if (!newId.IsMissing && !oldId.IsMissing && !ValueComparer.AreEqual(newId, oldId))
        {
            throw new CommandException(
                ErrorCode.ImmutableField,
                $"After applying the update, the (immutable) field '_id' was found to have been altered to _id: {newId}"
            );
        }

        return after;
    }
}
