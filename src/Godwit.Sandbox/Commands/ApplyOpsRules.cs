using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>What an <c>applyOps</c> may hold: oplog_application_checks.cpp, apply_ops_cmd.cpp and apply_ops.cpp.</summary>
internal static class ApplyOpsRules
{
    private const int DepthMax = 10;
    private static readonly (string Field, BsonType Type)[] Types =
    [
        ("op", BsonType.String),
        ("ns", BsonType.String),
        ("o", BsonType.Document),
        ("o2", BsonType.Document),
        ("ui", BsonType.Binary),
        ("b", BsonType.Boolean),
    ];

    /// <summary>The operations of an <c>applyOps</c>, whether the command or an operation of another.</summary>
    internal static IReadOnlyList<RawDocument> OperationsOf(RawDocument command) =>
        command["applyOps"] is { Type: BsonType.Array } operations
        && operations.AsDocument.Values().All(operation => operation.Type == BsonType.Document)
            ? [.. operations.AsDocument.Values().Select(operation => operation.AsDocument)]
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"ops has to be an array of objects: {command["applyOps"]}"
            );

    /// <summary>Looks at the command with all that is nested in it, before anything is applied.</summary>
    /// <exception cref="CommandException">It cannot be applied.</exception>
    internal static void Check(RawDocument command)
    {
        CheckDepth(command, 0);
        foreach (var operation in OperationsOf(command))
        {
            CheckForm(operation);
        }
    }

    /// <summary>Looks at the fields of an <c>applyOps</c> and at what may stand beside what in it.</summary>
    /// <exception cref="CommandException">It cannot be applied.</exception>
    internal static void CheckFields(RawDocument command)
    {
        if (command["prepare"].IsTruthy())
        {
            throw new CommandException(ErrorCode.BadValue, "applyOps command can't have 'prepare' field");
        }

        if (command["partialTxn"].IsTruthy())
        {
            throw new CommandException(31056, "applyOps command can't have 'partialTxn' field.");
        }

        if (command.Has("count"))
        {
            throw new CommandException(31240, "applyOps command can't have 'count' field.");
        }

        if (command.Has("preCondition"))
        {
            throw new CommandException(6711600, "applyOps command no longer supports the 'preCondition' option");
        }

        var operations = OperationsOf(command);
        if (operations.Count > 1 && operations.Any(operation => Is(operation, "dropDatabase")))
        {
            throw new CommandException(6275900, "dropDatabase in an applyOps must be the only entry");
        }
    }

    /// <summary>Looks at the fields of an operation before it is applied: those of an entry of the oplog (oplog_entry.idl, applyOperation_inlock).</summary>
    /// <exception cref="CommandException">It is none.</exception>
    internal static void CheckOperation(RawDocument operation)
    {
        foreach (var (field, type) in Types)
        {
            var value = operation[field];
            if (value.IsMissing && field is "op" or "ns" or "o")
            {
                throw new CommandException(
                    40414,
                    $"BSON field 'OplogEntryBase.{field}' is missing but a required field"
                );
            }

            if (!value.IsMissing && value.Type != type)
            {
                throw new CommandException(
                    ErrorCode.TypeMismatch,
                    $"BSON field 'OplogEntryBase.{field}' is the wrong type '{BsonTypeNames.NameOf(value.Type)}', expected type '{BsonTypeNames.NameOf(type)}'"
                );
            }
        }

        if (operation["ui"] is { IsMissing: false } uuid && (uuid.BinarySubtype != 4 || uuid.BinaryData.Length != 16))
        {
            throw new CommandException(ErrorCode.InvalidUUID, $"uuid must be a 16-byte binary of subtype 4: {uuid}");
        }

        CheckContent(operation);
    }

    private static void CheckContent(RawDocument operation)
    {
        var kind = operation["op"].AsString;
        var content = operation["o"].AsDocument;
        var named = kind == "u" ? operation["o2"] : operation["o"];
        if (kind is "i" or "u" or "d" && (named.IsMissing || !named.AsDocument.Has("_id")))
        {
            throw new CommandException(
                ErrorCode.NoSuchKey,
                $"Failed to apply {(kind == "i" ? "insert" : kind == "u" ? "update" : "delete")} due to missing _id: {operation}"
            );
        }

        if (kind == "c" && content.IsEmpty)
        {
            throw new CommandException(ErrorCode.BadValue, $"an operation without a command: {operation}");
        }

        var isDiff = kind == "u" && content["$v"].ToInt64() == 2;
        if (
            (isDiff && content["diff"].Type != BsonType.Document)
            || (kind == "u" && !isDiff && !content.IsEmpty && content.First().Name.StartsWith('$'))
        )
        {
            throw new CommandException(
                4772600,
                "Expected a replacement or a $v: 2 update of the kind that the oplog has: modifiers are no part of it any more"
            );
        }
    }

    /// <summary>Whether an operation is a command of a name.</summary>
    internal static bool Is(RawDocument operation, string command) =>
        operation["op"] == "c"
        && operation["o"] is { Type: BsonType.Document } body
        && !body.AsDocument.IsEmpty
        && body.AsDocument.First().NameIs(command);

    private static void CheckDepth(RawDocument command, int depth)
    {
        foreach (var operation in OperationsOf(command).Where(operation => Is(operation, "applyOps")))
        {
            if (depth >= DepthMax)
            {
                throw new CommandException(ErrorCode.FailedToParse, "Too many nested applyOps");
            }

            CheckDepth(operation["o"].AsDocument, depth + 1);
        }
    }

    private static void CheckForm(RawDocument operation)
    {
        foreach (var field in (string[])["op", "ns"])
        {
            var value = operation[field];
            if (value.Type != BsonType.String)
            {
                throw new CommandException(
                    ErrorCode.IllegalOperation,
                    value.IsMissing
                        ? $"op does not contain required \"{field}\" field: {operation}"
                        : $"\"{field}\" field is not a string: {operation}"
                );
            }
        }

        if (operation["op"] == "" || (operation["ns"] == "" && operation["op"] != "n"))
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                $"\"op\" and \"ns\" cannot be empty when op type is not 'n': {operation}"
            );
        }
    }
}
