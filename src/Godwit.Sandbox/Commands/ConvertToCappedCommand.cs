using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>convertToCapped</c>: copies the newest documents into a capped collection that takes the place of the old one (S1a).</summary>
internal sealed class ConvertToCappedCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("convertToCapped")
        {
            Fields = CommandTraits.FieldSet("size", "temp", "collectionUUID"),
            TakesWriteConcern = true,
            NamesCollection = true,
            Help = "converts a collection to a capped one",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        var size = context.Arguments.Number("size") ?? 0;
        var writer = new Writer(context);
        return await writer
            .RunAsync(operation => Convert(writer, operation, ns, size, context.Body["size"]), cancellationToken)
            .ConfigureAwait(false);
    }

    private static RawDocument Convert(Writer writer, WriteOperation operation, Namespace ns, long size, RawValue given)
    {
        writer.CheckIdentity(ns);
        if (size <= 0)
        {
            throw new CommandException(ErrorCode.InvalidOptions, "Capped collection size must be greater than zero");
        }

        var source = operation.Find(ns) ?? throw CatalogWriter.NotFound($"source collection {ns} does not exist");
        IndexBuilds.CheckNone(source);
        operation.WaitForTransactionsOn(source);
        var temporary = CollectionCopy.TemporaryName(ns.Database, $"convertToCapped.{ns.Collection}");
        CappedCopy.Run(operation.Node, source, temporary, size, given, isTemporary: true);
        using var rename = new WriteOperation(operation.Node);
        CatalogWriter.Rename(rename, operation.Node.Catalog.Latest.Find(temporary)!, ns, stayTemp: false);
        rename.Commit();
        return RawDocument.Empty;
    }
}
