using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Writing;

/// <summary>Runs a findAndModify; as a retryable write it stores the document it gives back, for the retry.</summary>
internal sealed class FindAndModify(CommandContext context, Writer writer, Namespace ns)
{
    private readonly bool removes = context.Body["remove"].IsTruthy();
    private readonly bool wantsNew = context.Body["new"].IsTruthy();

    /// <summary>The reply.</summary>
    internal async ValueTask<RawDocument> RunAsync(CancellationToken cancellationToken)
    {
        if (writer.FindDone(0) is { } done)
        {
            return Again(done);
        }

        try
        {
            return removes
                ? await writer.RunAsync(Remove, cancellationToken).ConfigureAwait(false)
                : await UpdateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException error)
            when (error.Code
                    is ErrorCode.ImmutableField
                        or ErrorCode.DuplicateKey
                        or ErrorCode.WriteConflict
                        or ErrorCode.DocumentValidationFailure
            )
        {
            throw new CommandException(
                error.Code,
                "Plan executor error during findAndModify :: caused by :: " + error.Message,
                error.Details
            );
        }
    }

    private async ValueTask<RawDocument> UpdateAsync(CancellationToken cancellationToken)
    {
        var arguments = context.Arguments;
        var statement = new UpdateStatement(
            arguments.Document("query") ?? RawDocument.Empty,
            UpdateStatement.CheckChange(arguments["update"], context.Traits.FieldOwner, "update")
        )
        {
            IsUpsert = arguments["upsert"].IsTruthy(),
            Collation = arguments.Document("collation"),
            Hint = arguments["hint"],
            Sort = arguments.Document("sort"),
            ArrayFilters = arguments.Documents("arrayFilters") ?? [],
            KeepsEmptyTimestamps = arguments.Boolean("bypassEmptyTsReplacement") ?? false,
        };
        var query = statement.Query(context, writer.Find(ns));
        var program = statement.Program(context, query);
        var updater = new Updater(context, writer, ns);
        var image = writer.IsRetryable ? (wantsNew ? RetryImages.After : RetryImages.Before) : null;
        var result = await writer
            .RunAsync(
                operation => updater.UpdateFirst(operation, statement, query, program, 0, image),
                cancellationToken
            )
            .ConfigureAwait(false);
        return UpdateReply(result, null);
    }

    private RawDocument UpdateReply(UpdateResult result, int? retriedStatement)
    {
        var isUpsert = !result.Upserted.IsMissing;
        var last = new DocumentBuilder
        {
            { "n", isUpsert ? 1 : result.Matched },
            { "updatedExisting", result.Matched > 0 },
            { "upserted", result.Upserted },
        };
        var value = wantsNew ? result.After : result.Before;
        return Reply(last, value, retriedStatement);
    }

    private RawDocument Remove(WriteOperation operation)
    {
        var arguments = context.Arguments;
        var query = new DocumentQuery(
            context,
            arguments.Document("query") ?? RawDocument.Empty,
            arguments.Document("collation"),
            arguments.Document("let"),
            operation.Find(ns)
        )
        {
            Hint = arguments["hint"],
            Sort = arguments.Document("sort"),
            Limit = 1,
        };
        StoredRecord found = operation.Find(ns) is { } collection
            ? query.Find(operation.Reader(collection)).FirstOrDefault()
            : default;
        if (found.Key is null)
        {
            return Reply(new DocumentBuilder { { "n", 0 } }, null, null);
        }

        var image = writer.IsRetryable ? RetryImages.Before : null;
        operation.Remove(operation.Find(ns)!, found, writer.StatementId(0), image);
        operation.Commit();
        return Reply(new DocumentBuilder { { "n", 1 } }, found.Document, null);
    }

    private RawDocument Again(RetriedOperation done)
    {
        var statement = writer.StatementId(0);
        if (done.Kind == "i")
        {
            return UpdateReply(UpdateResult.Of(done), statement);
        }

        var image = RetryImages.Find(context.Node, context.Statement.Session!, context.Session.TxnNumber!.Value);
        var last = new DocumentBuilder { { "n", 1 } };
        if (done.Kind == "u")
        {
            last.Add("updatedExisting", true);
        }

        return Reply(last, image, statement);
    }

    private RawDocument Reply(DocumentBuilder last, RawDocument? value, int? retriedStatement)
    {
        var shown = value is { } document ? RawValue.Document(Projected(document)) : RawValue.Null;
        return new DocumentBuilder
        {
            { "lastErrorObject", last },
            { "value", shown },
            { "retriedStmtId", retriedStatement is { } id ? id : default(RawValue) },
        }.Build();
    }

    private RawDocument Projected(RawDocument document) =>
        context.Arguments.Document("fields") is { IsEmpty: false } fields
            ? Projections.Of(context, fields)(document)
            : document;
}
