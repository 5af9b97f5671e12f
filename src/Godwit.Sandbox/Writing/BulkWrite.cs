using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Writing;

/// <summary>Runs the operations of a bulkWrite and gathers a result for each.</summary>
internal sealed class BulkWrite(CommandContext context, IReadOnlyList<Namespace> namespaces)
{
    private readonly bool isOrdered = context.Arguments.Boolean("ordered") ?? true;
    private readonly bool errorsOnly = context.Arguments.Boolean("errorsOnly") ?? false;
    private readonly bool keepsEmptyTimestamps = context.Arguments.Boolean("bypassEmptyTsReplacement") ?? false;
    private readonly List<RawDocument> results = [];
    private readonly Writer writer = new(context);
    private int errors;
    private int inserted;
    private int matched;
    private int modified;
    private int upserted;
    private int deleted;

    /// <summary>Runs all operations, or up to the first failure where ordered.</summary>
    internal async ValueTask RunAsync(IReadOnlyList<RawDocument> operations, CancellationToken cancellationToken)
    {
        for (var index = 0; index < operations.Count; index++)
        {
            try
            {
                var operation = operations[index];
                var position = (int)operation.First().Value.ToInt64()!.Value;
                var ns = namespaces[position];
                CheckTarget(position, ns);
                await RunAsync(operation, ns, index, cancellationToken).ConfigureAwait(false);
            }
            catch (CommandException error) when (writer.IsStatementError(error))
            {
                AddError(index, error);
                if (isOrdered || writer.IsInTransaction)
                {
                    return;
                }
            }
        }
    }

    /// <summary>The reply.</summary>
    internal RawDocument Reply()
    {
        var cursorOptions = context.Arguments.Document("cursor") ?? RawDocument.Empty;
        var cursor = Reading.ListReply.OpenWithIdFirst(
            context,
            new EnumerableSource(results),
            new CursorOptions(new("admin", "$cmd.bulkWrite"))
            {
                BatchSize = (int?)cursorOptions["batchSize"].ToInt64() ?? int.MaxValue,
            }
        );
        var reply = new DocumentBuilder(cursor.Length + 256)
        {
            { "cursor", cursor },
            { "nErrors", errors },
            { "nInserted", inserted },
            { "nMatched", matched },
            { "nModified", modified },
            { "nUpserted", upserted },
            { "nDeleted", deleted },
        };
        WriteReply.AppendOpTime(reply, context);
        if (context.Statement.Retryable is { Retried.Count: > 0 } retryable)
        {
            reply.Add("retriedStmtIds", RawValue.Array(retryable.Retried.Select(id => RawValue.Int32(id))));
        }

        return reply.Build();
    }

    private void CheckTarget(int position, Namespace ns)
    {
        var info = context.RequiredDocuments("nsInfo")[position];
        CollectionUuid.Check(context, info["collectionUUID"], ns, context.Node.Catalog.Latest.Find(ns));
        writer.CheckWritable(ns);
    }

    private async ValueTask RunAsync(
        RawDocument operation,
        Namespace ns,
        int index,
        CancellationToken cancellationToken
    )
    {
        switch (operation.First().Name)
        {
            case "insert":
                var inserter = new Inserter(context, ns);
                await inserter
                    .InsertAsync(operation["document"].AsDocument, index, cancellationToken)
                    .ConfigureAwait(false);
                inserted++;
                AddResult(index, 1, null, default);
                break;
            case "update":
                await UpdateAsync(operation, ns, index, cancellationToken).ConfigureAwait(false);
                break;
            default:
                var statement = new DeleteStatement(operation["filter"].AsDocument, operation["multi"].IsTruthy())
                {
                    Collation = Document(operation, "collation"),
                    Hint = operation["hint"],
                };
                CheckMulti(statement.IsMulti);
                var count = await new Deleter(context, writer, ns)
                    .RunAsync(statement, index, cancellationToken)
                    .ConfigureAwait(false);
                deleted += count;
                AddResult(index, count, null, default);
                break;
        }
    }

    private async ValueTask UpdateAsync(
        RawDocument operation,
        Namespace ns,
        int index,
        CancellationToken cancellationToken
    )
    {
        var arguments = new CommandArguments(operation, "bulkWrite.ops");
        var statement = new UpdateStatement(
            arguments.RequiredDocument("filter"),
            UpdateStatement.CheckChange(operation["updateMods"], "bulkWrite.ops", "updateMods")
        )
        {
            IsMulti = operation["multi"].IsTruthy(),
            IsUpsert = operation["upsert"].IsTruthy(),
            Collation = Document(operation, "collation"),
            Hint = operation["hint"],
            Sort = Document(operation, "sort"),
            ArrayFilters = arguments.Documents("arrayFilters") ?? [],
            Constants = Document(operation, "constants"),
            KeepsEmptyTimestamps = keepsEmptyTimestamps,
        };
        CheckMulti(statement.IsMulti);
        var result = await new Updater(context, writer, ns)
            .RunAsync(statement, index, cancellationToken)
            .ConfigureAwait(false);
        var isUpsert = !result.Upserted.IsMissing;
        matched += result.Matched;
        modified += result.Modified;
        upserted += isUpsert ? 1 : 0;
        AddResult(index, isUpsert ? 1 : result.Matched, result.Modified, result.Upserted);
    }

    private void CheckMulti(bool isMulti)
    {
        if (isMulti && context.Session.IsRetryableWrite)
        {
            throw new CommandException(ErrorCode.InvalidOptions, "Cannot use retryable writes with multi=true");
        }
    }

    private static RawDocument? Document(RawDocument operation, string field) =>
        operation[field] is { Type: BsonType.Document } value ? value.AsDocument : null;

    private void AddResult(int index, int count, int? changed, RawValue id)
    {
        if (errorsOnly)
        {
            return;
        }

        var result = new DocumentBuilder
        {
            { "ok", 1.0 },
            { "idx", index },
            { "n", count },
        };
        if (changed is { } number)
        {
            result.Add("nModified", number);
        }

        if (!id.IsMissing)
        {
            result.Add("upserted", new DocumentBuilder { { "_id", id } });
        }

        results.Add(result.Build());
    }

    private void AddError(int index, CommandException error)
    {
        errors++;
        var result = new DocumentBuilder
        {
            { "ok", 0.0 },
            { "idx", index },
            { "code", (int)error.Code },
            { "errmsg", error.Message },
        };
        if (error.Details is { } details)
        {
            result.AddAll(details);
        }

        results.Add(result.Add("n", 0).Build());
    }
}
