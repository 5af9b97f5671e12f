using Godwit.Bson;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>insert</c>: adds documents, all of a batch in one commit.</summary>
internal sealed class InsertCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("insert")
        {
            Fields = CommandTraits.FieldSet(
                "documents",
                "ordered",
                "bypassDocumentValidation",
                "bypassEmptyTsReplacement",
                "stmtId",
                "stmtIds",
                "collectionUUID",
                "encryptionInformation",
                "maxTimeMS"
            ),
            IsRetryableWrite = true,
            RunsInTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            Help = "insert documents",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        NamespaceRules.CheckWritable(ns);
        var documents = context.RequiredDocuments("documents");
        var reply = new WriteReply(context);
        await new Inserter(context, ns).RunAsync(documents, reply, cancellationToken).ConfigureAwait(false);
        return reply.Build(isUpdate: false);
    }
}
