using Godwit.Bson;
using Godwit.Sandbox.TimeSeries;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Commands;

/// <summary><c>update</c>: changes, replaces or inserts documents.</summary>
internal sealed class UpdateCommand : ICommand
{
    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("update")
        {
            Fields = CommandTraits.FieldSet(
                "updates",
                "ordered",
                "bypassDocumentValidation",
                "bypassEmptyTsReplacement",
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
            Help = "update documents",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var ns = context.Collection();
        NamespaceRules.CheckWritable(ns);
        var keeps = context.Arguments.Boolean("bypassEmptyTsReplacement") ?? false;
        var statements = context
            .RequiredDocuments("updates")
            .Select(statement => UpdateStatement.Parse(statement, keeps, context.Member.Profile.Version))
            .ToList();
        WriteLimits.CheckBatch(statements.Count);
        var writer = new Writer(context);
        var reply = new WriteReply(context);
        var updater = new Updater(context, writer, ns);
        await StatementLoop
            .RunAsync(
                context,
                writer,
                statements,
                reply,
                async (statement, index) =>
                {
                    writer.CheckIdentity(ns, takesMeasurements: true);
                    var result = TimeSeriesCollection.Find(context, ns) is { } series
                        ? await new TimeSeriesChanges(context, writer, series)
                            .UpdateAsync(statement, cancellationToken)
                            .ConfigureAwait(false)
                        : await updater.RunAsync(statement, index, cancellationToken).ConfigureAwait(false);
                    reply.Count += result.Upserted.IsMissing ? result.Matched : 1;
                    reply.Modified += result.Modified;
                    if (!result.Upserted.IsMissing)
                    {
                        reply.AddUpserted(index, result.Upserted);
                    }
                }
            )
            .ConfigureAwait(false);
        return reply.Build(isUpdate: true);
    }
}
