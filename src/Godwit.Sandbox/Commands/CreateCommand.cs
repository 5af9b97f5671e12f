using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>create</c>: makes a collection.</summary>
internal sealed class CreateCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("create")
        {
            Fields = CommandTraits.FieldSet(
                "capped",
                "autoIndexId",
                "idIndex",
                "size",
                "max",
                "storageEngine",
                "validator",
                "validationLevel",
                "validationAction",
                "indexOptionDefaults",
                "viewOn",
                "pipeline",
                "collation",
                "changeStreamPreAndPostImages",
                "timeseries",
                "clusteredIndex",
                "expireAfterSeconds",
                "encryptedFields",
                "temp",
                "flags",
                "recordIdsReplicated"
            ),
            RunsInTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            Help = "explicitly creates a collection or view",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        var writer = new Writer(context);
        return await writer
            .RunAsync(
                operation =>
                {
                    if (operation.Find(ns) is not null)
                    {
                        throw new CommandException(ErrorCode.NamespaceExists, $"Collection {ns} already exists.");
                    }

                    _ = CatalogWriter.Create(operation, ns, RawDocument.Empty);
                    operation.Commit();
                    return RawDocument.Empty;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }
}
