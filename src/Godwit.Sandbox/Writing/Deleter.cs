using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Writing;

/// <summary>Removes documents: one in one commit with its search, many one after the other.</summary>
internal sealed class Deleter(CommandContext context, Writer writer, Namespace ns)
{
    private const int GroupCountMax = 100;
    private const int GroupBytesMax = 2 * 1024 * 1024;

    /// <summary>Runs a statement and gives the number of documents removed.</summary>
    internal async ValueTask<int> RunAsync(DeleteStatement statement, int index, CancellationToken cancellationToken)
    {
        if (!statement.IsMulti)
        {
            if (writer.FindDone(index) is not null)
            {
                return 1;
            }

            var first = statement.Query(context, writer.Find(ns));
            var removed = await writer
                .RunAsync(operation => RemoveFirst(operation, first, index), cancellationToken)
                .ConfigureAwait(false);
            return removed is null ? 0 : 1;
        }

        var query = statement.Query(context, writer.Find(ns));
        var keys = Matching.Keys(context, ns, query);
        var (count, next) = (0, 0);
        while (next < keys.Count)
        {
            var (removed, tried) = await writer
                .RunAsync(operation => RemoveGroup(operation, query, keys, next), cancellationToken)
                .ConfigureAwait(false);
            count += removed;
            next += tried;
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

    /// <summary>
    /// Removes what still matches of the next documents: several in one commit and one oplog entry, or one alone where each has an
    /// image or a session of its own to keep.
    /// </summary>
    private (int Removed, int Tried) RemoveGroup(
        WriteOperation operation,
        DocumentQuery query,
        List<byte[]> keys,
        int start
    )
    {
        if (operation.Find(ns) is not { } collection)
        {
            return (0, keys.Count - start);
        }

        var isGrouped =
            !writer.IsInTransaction
            && !writer.IsRetryable
            && !collection.KeepsPreAndPostImages
            && collection.IsReplicated
            && ns.Database != "config";
        var (removed, tried) = (0, 0);
        long bytes = 0;
        do
        {
            var key = keys[start + tried++];
            if (operation.Reader(collection).Get(key) is { } document && query.Filter.Matches(document))
            {
                operation.Remove(collection, new(key, document));
                bytes += document.Length;
                removed++;
            }
        } while (isGrouped && tried < GroupCountMax && bytes < GroupBytesMax && start + tried < keys.Count);

        if (removed > 0)
        {
            operation.Commit();
        }

        return (removed, tried);
    }
}
