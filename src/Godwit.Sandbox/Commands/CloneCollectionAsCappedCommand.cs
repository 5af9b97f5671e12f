using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>cloneCollectionAsCapped</c>: copies the newest documents of a collection into a new capped one (S1a).</summary>
internal sealed class CloneCollectionAsCappedCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("cloneCollectionAsCapped")
        {
            Fields = CommandTraits.FieldSet("toCollection", "size", "temp"),
            TakesWriteConcern = true,
            NamesCollection = true,
            Help = "clones a collection as a capped one",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        var to = new Namespace(context.Database, context.Arguments.RequiredString("toCollection"));
        var size = context.Arguments.Number("size") ?? 0;
        if (size <= 0)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "invalid command spec: Capped collection size must be greater than zero"
            );
        }

        return await new Writer(context)
            .RunAsync(
                operation =>
                {
                    var source =
                        operation.Find(ns) ?? throw CatalogWriter.NotFound($"source collection {ns} does not exist");
                    if (operation.Find(to) is not null)
                    {
                        throw new CommandException(
                            ErrorCode.NamespaceExists,
                            $"cloneCollectionAsCapped failed - destination collection {to} already exists. source collection: {ns}"
                        );
                    }

                    CappedCopy.Run(operation.Node, source, to, size, context.Body["size"], isTemporary: false);
                    return RawDocument.Empty;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }
}
