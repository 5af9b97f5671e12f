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
    internal static ValueTask<DocumentBuilder> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        ApplyOpsRules.Check(context.Body);
        return ApplyAllAsync(context, context.Body, cancellationToken);
    }

    private static async ValueTask<DocumentBuilder> ApplyAllAsync(
        CommandContext context,
        RawDocument command,
        CancellationToken cancellationToken
    )
    {
        ApplyOpsRules.CheckFields(command);
        var upserts = !command.Has("alwaysUpsert") || command["alwaysUpsert"].IsTruthy();
        var results = new List<RawValue>();
        foreach (var operation in ApplyOpsRules.OperationsOf(command).Where(operation => operation["op"] != "n"))
        {
            try
            {
                results.Add(await ApplyAsync(context, operation, upserts, cancellationToken).ConfigureAwait(false));
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

    private static async ValueTask<bool> ApplyAsync(
        CommandContext context,
        RawDocument operation,
        bool upserts,
        CancellationToken cancellationToken
    )
    {
        ApplyOpsRules.CheckOperation(operation);
        var ns = Namespace.Parse(operation["ns"].AsString);
        switch (operation["op"].AsString)
        {
            case "i" or "u" or "d":
                return Write(context, ns, operation, upserts || operation["b"].IsTruthy());
            case "c":
                await RunAsync(context, ns, operation["o"].AsDocument, operation, cancellationToken)
                    .ConfigureAwait(false);
                return true;
            default:
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"cannot apply an operation of kind {operation["op"].AsString}"
                );
        }
    }

    /// <summary>Writes one document; says whether there was one where there had to be.</summary>
    private static bool Write(CommandContext context, Namespace ns, RawDocument operation, bool upserts)
    {
        var node = context.Node;
        lock (node.WriteLock)
        {
            context.Member.CheckAcceptsWrites();
            using var pass = Pass(context);
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
                if (!upserts)
                {
                    return false;
                }

                operation = WellFormed(() => AsInsert(operation));
            }

            _ = WellFormed(() =>
            {
                new OplogApplier(node).ApplyOperation(write, operation);
                return true;
            });
            if (write.Drafts.Count > 0)
            {
                write.Commit();
            }

            return true;
        }
    }

    private static WriteBlock.Pass Pass(CommandContext context) =>
        context.Node.WriteBlock.LetPass(context.Member.Authorizer.MayBypassWriteBlock(context.Client));

    // document_diff_serialization.cpp has a code for each of its checks.
    private static T WellFormed<T>(Func<T> apply)
    {
        try
        {
            return apply();
        }
        catch (BsonFormatException malformed)
        {
            throw new CommandException(4770505, malformed.Message);
        }
    }

    /// <summary>What an update of a document that is not there inserts.</summary>
    private static RawDocument AsInsert(RawDocument update)
    {
        var change = update["o"].AsDocument;
        var id = new DocumentBuilder { { "_id", update["o2"].AsDocument["_id"] } }.Build();
        var document =
            change["$v"].ToInt64() == 2
                ? DiffApplier.Apply(id, change["diff"].AsDocument)
                : new DocumentBuilder().AddAll(id).AddAll(CatalogWriter.Without(change, "_id")).Build();
        return Sharding.CommandBody.With(update, ("op", "i"), ("o", document));
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

    private static bool IsThere(WriteOperation write, CollectionInfo collection, RawDocument operation) =>
        write.Reader(collection).FindById(operation["o2"].AsDocument["_id"]) is not null;

    private static async ValueTask RunAsync(
        CommandContext context,
        Namespace ns,
        RawDocument command,
        RawDocument operation,
        CancellationToken cancellationToken
    )
    {
        CheckNotBlocked(context, ns);
        var first = command.First();
        switch (first.Name)
        {
            case "applyOps" when operation["prepare"].IsTruthy() || command["prepare"].IsTruthy():
                throw new CommandException(
                    51145,
                    "prepare applyOps oplog entry is only used internally by secondaries."
                );
            case "applyOps":
                _ = await ApplyAllAsync(context, command, cancellationToken).ConfigureAwait(false);
                break;
            case "commitTransaction":
                throw new CommandException(50987, "commitTransaction is only used internally by secondaries.");
            case "abortTransaction":
                throw new CommandException(50972, "abortTransaction is only used internally by secondaries.");
            case "createIndexes" or "startIndexBuild" or "commitIndexBuild" or "abortIndexBuild":
                throw new CommandException(
                    ErrorCode.CommandNotSupported,
                    $"The {first.Name} operation is not supported in applyOps mode"
                );
            case "create":
                CheckCreation(context, ns.Database, command);
                Create(context, new(ns.Database, first.Value.AsString), operation);
                break;
            case "collMod" or "drop" or "dropDatabase" or "dropIndexes" or "convertToCapped":
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

    private static void CheckNotBlocked(CommandContext context, Namespace ns)
    {
        lock (context.Node.WriteLock)
        {
            using var pass = Pass(context);
            context.Node.WriteBlock.Check(ns);
        }
    }

    private static void CheckCreation(CommandContext context, string database, RawDocument command)
    {
        var arguments = new CommandArguments(CatalogWriter.Without(command, "idIndex"), "create");
        NamespaceRules.CheckSystemName(new(database, arguments.RequiredString("create")));
        if (arguments.Document("timeseries") is { } series)
        {
            _ = TimeSeries.BucketOptions.Parse(series, context.Member.Profile.Version);
        }
        else
        {
            _ = arguments.Has("viewOn") ? CollectionOptions.ParseView(arguments) : CollectionOptions.Parse(arguments);
        }

        if (command["idIndex"] is { IsMissing: false } index)
        {
            if (index is not { Type: BsonType.Document } || index.AsDocument["name"].Type != BsonType.String)
            {
                throw new CommandException(ErrorCode.TypeMismatch, $"idIndex must be an index specification: {index}");
            }
        }
    }

    private static void Create(CommandContext context, Namespace ns, RawDocument operation)
    {
        var node = context.Node;
        lock (node.WriteLock)
        {
            context.Member.CheckAcceptsWrites();
            using var pass = Pass(context);
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
