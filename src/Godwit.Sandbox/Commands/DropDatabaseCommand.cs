using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>dropDatabase</c>: removes every collection of a database, then the database.</summary>
internal sealed class DropDatabaseCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("dropDatabase")
        {
            Fields = CommandTraits.FieldSet(),
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = false,
            Help = "drop (delete) this database",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Database == "admin")
        {
            throw Refused("Dropping the 'admin' database is prohibited.");
        }

        if (context.Database == "local" && context.Node.Options.ReplicaSet is not null)
        {
            throw Refused("Cannot drop 'local' database while replication is active");
        }

        if (context.Body.First().Value.ToInt64() != 1)
        {
            throw new CommandException(5255100, "Have to pass 1 as 'drop' parameter");
        }

        return await new Writer(context)
            .RunAsync(
                operation => Drop(operation, context.Database, context.Request.Routing is not null),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private static RawDocument Drop(WriteOperation operation, string database, bool isRouted)
    {
        var node = operation.Node;
        var all = node.Catalog.Latest.InDatabase(database).ToList();
        if (all.Count == 0 && !isRouted)
        {
            return RawDocument.Empty;
        }

        all.ForEach(operation.WaitForTransactionsOn);
        foreach (var collection in all.OrderBy(other => !other.IsView))
        {
            DropOne(node, collection);
        }

        var entry = new OplogDraft("c", database + ".$cmd", new DocumentBuilder { { "dropDatabase", 1 } }.Build());
        node.Commit(new WriteUnit(), entry with { FromMigrate = false });
        return RawDocument.Empty;
    }

    private static void DropOne(Node node, CollectionInfo collection)
    {
        DropCommand.AbortBuilds(node, collection);
        using var step = new WriteOperation(node);
        if (collection.IsView)
        {
            step.Unit.CatalogChanges.Add(new(collection, null));
        }
        else
        {
            CatalogWriter.Drop(step, node.Catalog.Latest.Find(collection.Uuid)!);
        }

        step.Commit();
    }

    private static CommandException Refused(string message) => new(ErrorCode.IllegalOperation, message);
}
