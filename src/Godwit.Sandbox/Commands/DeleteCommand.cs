using Godwit.Bson;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>delete</c>: removes the first or all documents that match.</summary>
internal sealed class DeleteCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("delete")
        {
            Fields = CommandTraits.FieldSet(
                "deletes",
                "ordered",
                "bypassDocumentValidation",
                "let",
                "stmtId",
                "stmtIds",
                "collectionUUID",
                "encryptionInformation"
            ),
            IsRetryableWrite = true,
            RunsInTransaction = true,
            TakesWriteConcern = true,
            IsInApiVersion1 = true,
            NamesCollection = true,
            Help = "delete documents",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        NamespaceRules.CheckWritable(ns);
        var statements = context.RequiredDocuments("deletes").Select(DeleteStatement.Parse).ToList();
        WriteLimits.CheckBatch(statements.Count);
        var writer = new Writer(context);
        var reply = new WriteReply(context);
        var deleter = new Deleter(context, writer, ns);
        await StatementLoop
            .RunAsync(
                context,
                writer,
                statements,
                reply,
                async (statement, index) =>
                {
                    writer.CheckIdentity(ns, takesMeasurements: true);
                    reply.Count += TimeSeriesCollection.Find(context, ns) is { } series
                        ? await new TimeSeriesChanges(context, writer, series)
                            .DeleteAsync(statement, index, cancellationToken)
                            .ConfigureAwait(false)
                        : await deleter.RunAsync(statement, index, cancellationToken).ConfigureAwait(false);
                }
            )
            .ConfigureAwait(false);
        return reply.Build(isUpdate: false);
    }
}
