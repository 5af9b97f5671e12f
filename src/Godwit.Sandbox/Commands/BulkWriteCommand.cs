using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>bulkWrite</c>: inserts, updates and deletes in several collections, one after the other.</summary>
internal sealed class BulkWriteCommand : ICommand
{
    private static readonly string[] InsertFields = ["insert", "document"];
    private static readonly string[] DeleteFields = ["delete", "filter", "multi", "hint", "collation", "sampleId"];
    private static readonly string[] UpdateFields =
    [
        "update",
        "filter",
        "sort",
        "multi",
        "updateMods",
        "upsert",
        "upsertSupplied",
        "arrayFilters",
        "hint",
        "constants",
        "collation",
        "sampleId",
        "$_allowShardKeyUpdatesWithoutFullShardKeyInQuery",
    ];

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("bulkWrite")
        {
            Fields = CommandTraits.FieldSet(
                "ops",
                "nsInfo",
                "errorsOnly",
                "ordered",
                "bypassDocumentValidation",
                "bypassEmptyTsReplacement",
                "let",
                "stmtId",
                "stmtIds",
                "cursor"
            ),
            IsAdminOnly = true,
            IsRetryableWrite = true,
            RunsInTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = false,
            Help = "command to apply inserts, updates and deletes in bulk",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var operations = context.RequiredDocuments("ops");
        WriteLimits.CheckBatch(operations.Count);
        var namespaces = Namespaces(context);
        Check(operations, namespaces.Count);
        var run = new BulkWrite(context, namespaces);
        await run.RunAsync(operations, cancellationToken).ConfigureAwait(false);
        return run.Reply();
    }

    /// <summary>The collections that the operations name by their places.</summary>
    internal static List<Namespace> Namespaces(CommandContext context) =>
        [
            .. context
                .RequiredDocuments("nsInfo")
                .Select(info => new CommandArguments(info, "bulkWrite.nsInfo").RequiredString("ns"))
                .Select(name => NamespaceRules.Check(Namespace.Parse(name))),
        ];

    /// <summary>Refuses operations that are malformed, or on collections that are not named.</summary>
    internal static void Check(IReadOnlyList<RawDocument> operations, int namespaces)
    {
        foreach (var operation in operations)
        {
            CheckFields(operation);
            if (operation.First().Value.ToInt64() is not { } index || index < 0 || index >= namespaces)
            {
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"BulkWrite ops entry {operation} has an invalid nsInfo index."
                );
            }
        }
    }

    /// <summary>What an operation does stands first; what it takes follows from that.</summary>
    private static void CheckFields(RawDocument operation)
    {
        const string owner = "bulkWrite.ops";
        var kind = operation.IsEmpty ? "" : operation.First().Name;
        var known = kind switch
        {
            "insert" => InsertFields,
            "update" => UpdateFields,
            "delete" => DeleteFields,
            _ => throw CommandErrors.UnknownField(owner, kind),
        };
        foreach (var element in operation)
        {
            if (!known.Contains(element.Name))
            {
                throw CommandErrors.UnknownField(owner, element.Name);
            }
        }

        var arguments = new CommandArguments(operation, owner);
        _ = arguments.Number(kind);
        _ = arguments.RequiredDocument(kind == "insert" ? "document" : "filter");
    }
}
