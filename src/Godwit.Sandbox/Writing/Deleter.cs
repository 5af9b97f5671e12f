using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Writing;

/// <summary>Removes documents: one in one commit with its search, many one after the other.</summary>
internal sealed class Deleter(CommandContext context, Writer writer, Namespace ns)
{
    /// <summary>Runs a statement and gives the number of documents removed.</summary>
    internal async ValueTask<int> RunAsync(DeleteStatement statement, int index, CancellationToken cancellationToken)
    {
        if (!statement.IsMulti)
        {
            if (writer.FindDone(index) is not null)
            {
                return 1;
            }

            var first = statement.Query(context);
            var removed = await writer
                .RunAsync(operation => RemoveFirst(operation, first, index), cancellationToken)
                .ConfigureAwait(false);
            return removed is null ? 0 : 1;
        }

        var query = statement.Query(context);
        var count = 0;
        foreach (var key in Matching.Keys(context, ns, query))
        {
            count += await writer
                .RunAsync(operation => RemoveAgain(operation, query, key), cancellationToken)
                .ConfigureAwait(false);
        }

        return count;
    }

    private RawDocument? RemoveFirst(WriteOperation operation, DocumentQuery query, int index)
    {
        if (operation.Find(ns) is not { } collection)
        {
            return null;
        }

        var found = query.Find(operation.Reader(collection)).FirstOrDefault();
        if (found.Key is null)
        {
            return null;
        }

        operation.Remove(collection, found, writer.StatementId(index));
        operation.Commit();
        return found.Document;
    }

    private int RemoveAgain(WriteOperation operation, DocumentQuery query, byte[] key)
    {
        if (
            operation.Find(ns) is not { } collection
            || operation.Reader(collection).Get(key) is not { } document
            || !query.Filter.Matches(document)
        )
        {
            return 0;
        }

        operation.Remove(collection, new(key, document));
        operation.Commit();
        return 1;
    }
}
