using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Catalog;

/// <summary>
/// The <c>encryptedFields</c> of a collection: kept as given, for clients that encrypt; what they may not be is said as
/// <c>create_command.cpp</c> and <c>encryption_fields_validation.cpp</c> say it.
/// </summary>
internal static class EncryptedFields
{
    /// <summary>Looks at those of a <c>create</c>, if it has any.</summary>
    /// <exception cref="CommandException">They cannot be.</exception>
    internal static void Check(CommandContext context)
    {
        if (context.Arguments.Document("encryptedFields") is not { } given)
        {
            return;
        }

        Refuse(6367301, "Encrypted fields cannot be used with capped collections", context.Body["capped"].IsTruthy());
        Refuse(
            6346401,
            "Encrypted fields cannot be used with views or timeseries collections",
            context.Body.Has("viewOn") || context.Body.Has("timeseries")
        );
        Refuse(
            6346402,
            "Encrypted collections are not supported on standalone",
            context.Member is { IsReplicaSetMember: false, Options.Cluster: null }
        );
        CheckFields(given);
    }

    private static void CheckFields(RawDocument given)
    {
        if (given["fields"] is not { Type: BsonType.Array } fields)
        {
            throw given.Has("fields")
                ? CommandErrors.WrongType("create.encryptedFields", "fields", given["fields"], "array")
                : CommandErrors.MissingField("create.encryptedFields", "fields");
        }

        var (keys, paths) = (new HashSet<RawValue>(), new List<string>());
        foreach (var field in fields.AsDocument.Values().Select(value => value.AsDocument))
        {
            if (field["path"].Type != BsonType.String || field["keyId"].Type != BsonType.Binary)
            {
                var missing = field["path"].Type != BsonType.String ? "path" : "keyId";
                throw CommandErrors.MissingField("create.encryptedFields.fields", missing);
            }

            CheckField(field, field["path"].AsString, keys, paths);
        }
    }

    private static void CheckField(RawDocument field, string path, HashSet<RawValue> keys, List<string> paths)
    {
        Refuse(
            6412601,
            "BSON type needs to be specified for an indexed field",
            field.Has("queries") && !field.Has("bsonType")
        );
        Refuse(6338401, "Duplicate key ids are not allowed", !keys.Add(field["keyId"]));
        Refuse(6316402, "Encrypted field must have a non-empty path", path.Length == 0);
        Refuse(6316403, "Cannot encrypt _id or its subfields", path.Split('.')[0] == "_id");
        Refuse(6338402, "Duplicate paths are not allowed", paths.Contains(path));
        var other = paths.Find(one =>
            one.StartsWith(path + ".", StringComparison.Ordinal) || path.StartsWith(one + ".", StringComparison.Ordinal)
        );
        Refuse(
            6338403,
            $"Conflicting index paths found as one is a prefix of another '{path}' and '{other}'",
            other is not null
        );
        paths.Add(path);
    }

    private static void Refuse(int code, string message, bool isSo)
    {
        if (isSo)
        {
            throw new CommandException(code, message);
        }
    }
}
