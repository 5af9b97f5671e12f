using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Update;

namespace Godwit.Sandbox.Writing;

/// <summary>Changes documents: one in one commit with its search, many one after the other; inserts where asked to and none matches.</summary>
internal sealed class Updater(CommandContext context, Writer writer, Namespace ns)
{
    /// <summary>Runs a statement.</summary>
    internal async ValueTask<UpdateResult> RunAsync(
        UpdateStatement statement,
        int index,
        CancellationToken cancellationToken
    )
    {
        if (writer.FindDone(index) is { } done)
        {
            return UpdateResult.Of(done);
        }

        var query = statement.Query(context, writer.Find(ns));
        var program = statement.Program(context, query);
        if (!statement.IsMulti)
        {
            return await writer
                .RunAsync(
                    operation => UpdateFirst(operation, statement, query, program, index, null),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        var result = new UpdateResult();
        foreach (var key in Matching.Keys(context, ns, query))
        {
            var one = await writer
                .RunAsync(operation => UpdateAgain(operation, query, program, key), cancellationToken)
                .ConfigureAwait(false);
            result = result with { Matched = result.Matched + one.Matched, Modified = result.Modified + one.Modified };
        }

        return result.Matched > 0 || !statement.IsUpsert
            ? result
            : await writer
                .RunAsync(operation => Upsert(operation, statement, program, index), cancellationToken)
                .ConfigureAwait(false);
    }

    /// <summary>Changes the first document that matches, or inserts.</summary>
    internal UpdateResult UpdateFirst(
        WriteOperation operation,
        UpdateStatement statement,
        DocumentQuery query,
        UpdateProgram program,
        int index,
        string? retryImage
    )
    {
        var collection = operation.Find(ns);
        StoredRecord found = collection is null ? default : query.Find(operation.Reader(collection)).FirstOrDefault();
        if (found.Key is null)
        {
            return statement.IsUpsert ? Upsert(operation, statement, program, index) : new();
        }

        _ = query.Matches(found.Document, out var position);
        var result = Change(
            operation,
            query,
            collection!,
            found,
            program.Apply(found.Document, position),
            index,
            retryImage,
            isMulti: false
        );
        operation.Commit();
        return result;
    }

    private UpdateResult UpdateAgain(WriteOperation operation, DocumentQuery query, UpdateProgram program, byte[] key)
    {
        int? position = null;
        if (
            operation.Find(ns) is not { } collection
            || operation.Reader(collection).Get(key) is not { } document
            || !query.Matches(document, out position)
        )
        {
            return new();
        }

        var result = Change(
            operation,
            query,
            collection,
            new(key, document),
            program.Apply(document, position),
            0,
            null,
            isMulti: true
        );
        operation.Commit();
        return result;
    }

    private static bool IsById(DocumentQuery query) =>
        query.Filter.Source.Count() == 1 && query.Filter.Source.First().NameIs("_id");

    private UpdateResult Change(
        WriteOperation operation,
        DocumentQuery query,
        CollectionInfo collection,
        StoredRecord record,
        UpdateOutcome outcome,
        int index,
        string? retryImage,
        bool isMulti
    )
    {
        var result = new UpdateResult
        {
            Matched = 1,
            Before = record.Document,
            After = outcome.After,
        };
        if (!outcome.IsModified)
        {
            return result;
        }

        DocumentRules.CheckUpdated(outcome.After, IsById(query));
        Sharding.ShardKeyUpdates.Check(context, collection, record.Document, outcome.After, isMulti);
        writer.Validate(collection, outcome.After, record.Document);
        operation.Replace(
            collection,
            record,
            outcome.After,
            outcome.OplogObject,
            writer.StatementId(index),
            retryImage
        );
        return result with { Modified = 1 };
    }

    private UpdateResult Upsert(WriteOperation operation, UpdateStatement statement, UpdateProgram program, int index)
    {
        var document = statement.Supplied ?? program.Upsert(statement.Filter);
        DocumentRules.CheckUpdated(document, isById: false);
        document = DocumentRules.ForInsert(document, operation.Node, keepsEmptyTimestamps: true);
        var collection = writer.Ensure(operation, ns);
        writer.Validate(collection, document, null);
        operation.Insert(collection, document, writer.StatementId(index));
        operation.Commit();
        return new() { Upserted = document["_id"], After = document };
    }
}
