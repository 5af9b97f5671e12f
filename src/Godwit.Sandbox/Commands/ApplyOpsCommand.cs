using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary>
/// <c>applyOps</c>: operations in the form of oplog entries, one after the other, each logged as a write of its own; what ends a
/// replay of mongorestore's and makes collections with a UUID (apply_ops.cpp).
/// </summary>
internal static class ApplyOpsCommand
{
    /// <summary>Runs it.</summary>
    internal static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var operations = context.RequiredDocuments("applyOps");
        Check(context.Body, operations);
        var results = new List<RawValue>();
        foreach (var operation in operations.Where(operation => operation["op"] != "n"))
        {
            try
            {
                results.Add(await ApplyAsync(context, operation, cancellationToken).ConfigureAwait(false));
            }
            catch (CommandException refusal)
            {
                throw new CommandException(
                    refusal.Code,
                    refusal.Message,
                    new DocumentBuilder
                    {
                        { "applied", results.Count + 1 },
                        { "results", RawValue.Array([.. results, false]) },
                    }.Build()
                );
            }
        }

        var reply = new DocumentBuilder { { "applied", results.Count }, { "results", RawValue.Array(results) } };
        return results.Contains(RawValue.False)
            ? throw new CommandException(
                ErrorCode.UnknownError,
                "applyOps had one or more errors applying ops",
                reply.Build()
            )
            : reply;
    }

    private static void Check(RawDocument body, IReadOnlyList<RawDocument> operations)
    {
        if (body["prepare"].IsTruthy())
        {
            throw new CommandException(ErrorCode.BadValue, "applyOps command can't have 'prepare' field");
        }

        if (body["partialTxn"].IsTruthy())
        {
            throw new CommandException(31056, "applyOps command can't have 'partialTxn' field.");
        }

        if (body.Has("count"))
        {
            throw new CommandException(31240, "applyOps command can't have 'count' field.");
        }

        foreach (var operation in operations)
        {
            if (
                operation["op"].Type != BsonType.String
                || (operation["op"] != "n" && operation["o"].Type != BsonType.Document)
            )
            {
                throw new CommandException(
                    ErrorCode.FailedToParse,
                    $"an operation of applyOps needs 'op' and 'o': {operation}"
                );
            }

            if (operation["op"] != "n" && operation["ns"].Type != BsonType.String)
            {
                throw new CommandException(ErrorCode.FailedToParse, $"cannot apply op with no namespace: {operation}");
            }
        }
    }

    private static async ValueTask<bool> ApplyAsync(
        CommandContext context,
        RawDocument operation,
        CancellationToken cancellationToken
    )
    {
        var ns = Namespace.Parse(operation["ns"].AsString);
        switch (operation["op"].AsString)
        {
            case "i" or "u" or "d":
                return Write(context, ns, operation);
            case "c" when operation["o"].AsDocument is { IsEmpty: false } command:
                await RunAsync(context, ns, command, operation, cancellationToken).ConfigureAwait(false);
                return true;
            default:
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"cannot apply an operation of kind {operation["op"].AsString}"
                );
        }
    }

    /// <summary>Writes one document; says whether there was one where there had to be.</summary>
    private static bool Write(CommandContext context, Namespace ns, RawDocument operation)
    {
        var node = context.Node;
        lock (node.WriteLock)
        {
            context.Member.CheckAcceptsWrites();
            node.WriteBlock.Check(ns);
            using var write = new WriteOperation(node);
            var collection = write.View.Catalog.Find(ns);
            CheckIdentity(write, ns, operation);
            if (collection is null)
            {
                return operation["op"] == "d"
                    ? true
                    : throw new CommandException(
                        ErrorCode.NamespaceNotFound,
                        $"cannot apply insert or update operation on a non-existent namespace {ns}: {operation}"
                    );
            }

            if (operation["op"] == "u" && !IsThere(write, collection, operation))
            {
                return false;
            }

            new OplogApplier(node).ApplyOperation(write, operation);
            if (write.Drafts.Count > 0)
            {
                write.Commit();
            }

            return true;
        }
    }

    private static void CheckIdentity(WriteOperation write, Namespace ns, RawDocument operation)
    {
        if (operation["ui"] is { Type: BsonType.Binary } uuid && write.View.Catalog.Find(uuid.AsUuid)?.Namespace != ns)
        {
            throw new CommandException(
                3318200,
                $"Namespace '{ns}' and UUID '{uuid.AsUuid}' point to different collections"
            );
        }
    }

    private static bool IsThere(WriteOperation write, CollectionInfo collection, RawDocument operation)
    {
        var change = operation["o"].AsDocument;
        if (operation["o2"] is not { Type: BsonType.Document } key)
        {
            throw new CommandException(ErrorCode.FailedToParse, $"an update of applyOps needs 'o2': {operation}");
        }

        if (!change.IsEmpty && change.First().Name.StartsWith('$') && change["$v"].ToInt64() != 2)
        {
            throw new CommandException(
                4772600,
                "Expected a replacement or a $v: 2 update of the kind that the oplog has: "
                    + "modifiers are no part of it any more"
            );
        }

        return write.Reader(collection).FindById(key.AsDocument["_id"]) is not null;
    }

    private static async ValueTask RunAsync(
        CommandContext context,
        Namespace ns,
        RawDocument command,
        RawDocument operation,
        CancellationToken cancellationToken
    )
    {
        context.Node.WriteBlock.Check(ns);
        var first = command.First();
        switch (first.Name)
        {
            case "create":
                Create(context, new(ns.Database, first.Value.AsString), operation);
                break;
            case "createIndexes" when !command.Has("indexes"):
                var spec = CatalogWriter.Without(command, "createIndexes");
                var made = new DocumentBuilder
                {
                    { "createIndexes", first.Value },
                    { "indexes", new ArrayBuilder { spec }.Build() },
                };
                await SendAsync(ns.Database, made.Build()).ConfigureAwait(false);
                break;
            case "createIndexes" or "collMod" or "drop" or "dropDatabase" or "dropIndexes":
                await SendAsync(ns.Database, command).ConfigureAwait(false);
                break;
            case "renameCollection":
                await SendAsync("admin", command).ConfigureAwait(false);
                break;
            default:
                throw new CommandException(ErrorCode.BadValue, $"applyOps cannot run {first.Name}");
        }

        async ValueTask SendAsync(string database, RawDocument body) =>
            _ = await context
                .Member.Writes.RunAsync(database, new DocumentBuilder(body.Length).AddAll(body), cancellationToken)
                .ConfigureAwait(false);
    }

    private static void Create(CommandContext context, Namespace ns, RawDocument operation)
    {
        var node = context.Node;
        lock (node.WriteLock)
        {
            context.Member.CheckAcceptsWrites();
            using var write = new WriteOperation(node);
            var isNamed = operation["ui"].Type == BsonType.Binary;
            if (write.View.Catalog.Find(ns) is { } other && !(isNamed && other.Uuid == operation["ui"].AsUuid))
            {
                throw new CommandException(ErrorCode.NamespaceExists, $"namespace {ns} already exists");
            }

            var entry = isNamed
                ? operation
                : Sharding.CommandBody.With(operation, ("ui", RawValue.Uuid(Guid.NewGuid())));
            CommandApplier.Apply(write, entry);
            if (write.Drafts.Count > 0)
            {
                write.Commit();
            }
        }
    }
}
