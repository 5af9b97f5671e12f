using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>renameCollection</c>: another name in the same database; into another database by copying.</summary>
internal sealed class RenameCollectionCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("renameCollection")
        {
            Fields = CommandTraits.FieldSet("to", "dropTarget", "stayTemp", "collectionUUID"),
            IsAdminOnly = true,
            TakesWriteConcern = true,
            NamesCollection = false,
            Help = "renames a collection",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var from = Parse(context.Arguments.RequiredString("renameCollection"));
        var to = Parse(context.Arguments.RequiredString("to"));
        return await new Writer(context)
            .RunAsync(operation => Rename(context, operation, from, to), cancellationToken)
            .ConfigureAwait(false);
    }

    private static Namespace Parse(string name) => NamespaceRules.Check(Namespace.Parse(name));

    private static RawDocument Rename(CommandContext context, WriteOperation operation, Namespace from, Namespace to)
    {
        CheckNames(from, to);
        var source = operation.Find(from);
        CollectionUuid.Check(context, from, source);
        if (source is null)
        {
            // Into another database, another part of the server says so (recordings random_*).
            throw CatalogWriter.NotFound(
                from.Database == to.Database
                    ? $"Source collection {from} does not exist"
                    : "source namespace does not exist"
            );
        }

        if (source.IsView)
        {
            throw new CommandException(ErrorCode.CommandNotSupportedOnView, $"cannot rename view: {from}");
        }

        if (from == to)
        {
            throw Illegal("Can't rename a collection to itself");
        }

        IndexBuilds.CheckNone(source);
        CheckTarget(context, operation, to);
        operation.WaitForTransactionsOn(source);
        if (from.Database == to.Database)
        {
            CatalogWriter.Rename(operation, source, to, context.Arguments["stayTemp"].IsTruthy());
            operation.Commit();
        }
        else
        {
            CopyAcross(operation.Node, source, to);
        }

        return RawDocument.Empty;
    }

    private static void CheckTarget(CommandContext context, WriteOperation operation, Namespace to)
    {
        var dropTarget = context.Body["dropTarget"];
        if (dropTarget.Type == BsonType.Binary)
        {
            CollectionUuid.Check(context, dropTarget, to, operation.Find(to));
        }

        if (operation.Find(to) is not { } target)
        {
            return;
        }

        if (target.IsView)
        {
            throw new CommandException(ErrorCode.NamespaceExists, $"a view already exists with that name: {to}");
        }

        if (dropTarget.Type != BsonType.Binary && !dropTarget.IsTruthy())
        {
            throw new CommandException(ErrorCode.NamespaceExists, "target namespace exists");
        }

        operation.WaitForTransactionsOn(target);
        DropCommand.AbortBuilds(operation.Node, target);
    }

    private static void CopyAcross(Node node, CollectionInfo source, Namespace to)
    {
        var temporary = CollectionCopy.TemporaryName(to.Database, "renameCollection");
        var copy = CollectionCopy.Create(node, source, temporary, source.Options, withIndexes: true);
        CollectionCopy.Documents(node, source, copy, fromMigrate: null);
        using (var rename = new WriteOperation(node))
        {
            CatalogWriter.Rename(rename, node.Catalog.Latest.Find(temporary)!, to, stayTemp: false);
            rename.Commit();
        }

        using var drop = new WriteOperation(node);
        CatalogWriter.Drop(drop, source);
        drop.Commit();
    }

    private static void CheckNames(Namespace from, Namespace to)
    {
        if (CollectionInfo.IsReplicatedName(from) != CollectionInfo.IsReplicatedName(to))
        {
            throw Illegal("Cannot rename collections between a replicated and an unreplicated database");
        }

        CheckNotSystem(from, "source");
        CheckNotSystem(to, "target");
        if (from == Oplog.Namespace || to == Oplog.Namespace)
        {
            throw Illegal("can't rename live oplog while replicating");
        }
    }

    private static void CheckNotSystem(Namespace ns, string role)
    {
        if (ns.Collection.StartsWith("system.", StringComparison.Ordinal) && ns.Database != "config")
        {
            throw Illegal(
                role == "target"
                    ? $"error with target namespace: Invalid system namespace: {ns}"
                    : $"error with source namespace: Invalid system namespace: {ns}"
            );
        }
    }

    private static CommandException Illegal(string message) => new(ErrorCode.IllegalOperation, message);
}
