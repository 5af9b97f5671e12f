using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>What an <c>applyOps</c> may hold: oplog_application_checks.cpp, apply_ops_cmd.cpp and apply_ops.cpp.</summary>
internal static class ApplyOpsRules
{
    private const int DepthMax = 10;

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
