using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// Runs the documents of an insert: groups of them in one commit; where one of a group is refused, the group again one by one, so
/// that those before it stay.
/// </summary>
internal sealed class Inserter(CommandContext context, Namespace ns)
{
    private const int GroupCountMax = 500;
    private const int GroupBytesMax = 2 * 1024 * 1024;
    private readonly bool isOrdered = context.Arguments.Boolean("ordered") ?? true;
    private readonly bool keepsEmptyTimestamps = context.Arguments.Boolean("bypassEmptyTsReplacement") ?? false;
    private readonly Writer writer = new(context);

    /// <summary>Inserts all documents and notes the outcome of each.</summary>
    internal async ValueTask RunAsync(
        IReadOnlyList<RawDocument> documents,
        WriteReply reply,
        CancellationToken cancellationToken
    )
    {
        WriteLimits.CheckBatch(documents.Count);
        NamespaceRules.CheckUserWrites(ns);
        if (TimeSeriesCollection.Find(context, ns) is { } series)
        {
            await InsertMeasurementsAsync(series, documents, reply, cancellationToken).ConfigureAwait(false);
            return;
        }

        var next = 0;
        while (next < documents.Count)
        {
            var count = GroupLength(documents, next);
            if (count > 1 && await TryInsertAsync(documents, next, count, cancellationToken).ConfigureAwait(false))
            {
                reply.Count += count;
                next += count;
                continue;
            }

            for (var end = next + count; next < end; next++)
            {
                await InsertOneAsync(documents, next, reply, cancellationToken).ConfigureAwait(false);
                if (reply.HasErrors && (isOrdered || writer.IsInTransaction))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Inserts one document, unless that was done before.</summary>
    internal async ValueTask InsertAsync(RawDocument document, int index, CancellationToken cancellationToken)
    {
        if (writer.FindDone(index) is null)
        {
            await writer
                .RunAsync(
                    operation =>
                    {
                        Insert(operation, writer.Ensure(operation, ns), document, index);
                        operation.Commit();
                        return true;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    private async ValueTask InsertMeasurementsAsync(
        TimeSeriesCollection series,
        IReadOnlyList<RawDocument> measurements,
        WriteReply reply,
        CancellationToken cancellationToken
    )
    {
        reply.HasOpTime = false;
        if (writer.IsInTransaction)
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                $"Cannot insert into a time-series collection in a multi-document transaction: {ns}"
            );
        }

        var accepted = Accepted(series.Options, measurements, reply);
        foreach (var group in accepted.Chunk(writer.IsRetryable ? 1 : GroupCountMax))
        {
            try
            {
                await InsertMeasurementsAsync(series, measurements, group, cancellationToken).ConfigureAwait(false);
                reply.Count += group.Length;
                reply.HasOpTime = true;
            }
            catch (CommandException error) when (writer.IsStatementError(error))
            {
                reply.AddError(group[0], error);
                if (isOrdered)
                {
                    return;
                }
            }
        }
    }

    private List<int> Accepted(BucketOptions options, IReadOnlyList<RawDocument> measurements, WriteReply reply)
    {
        var accepted = new List<int>();
        for (var index = 0; index < measurements.Count; index++)
        {
            try
            {
                TimeSeriesInserter.Check(options, measurements[index]);
                accepted.Add(index);
            }
            catch (CommandException error)
            {
                reply.AddError(index, error);
                if (isOrdered)
                {
                    break;
                }
            }
        }

        return accepted;
    }

    private async ValueTask InsertMeasurementsAsync(
        TimeSeriesCollection series,
        IReadOnlyList<RawDocument> measurements,
        int[] group,
        CancellationToken cancellationToken
    )
    {
        if (writer.FindDone(group[0]) is null)
        {
            _ = await writer
                .RunAsync(
                    operation =>
                    {
                        operation.CheckNotBlocked(ns);
                        var inserter = new TimeSeriesInserter(operation, series);
                        Array.ForEach(group, index => inserter.Add(measurements[index]));
                        inserter.Write(writer.StatementId(group[0]));
                        operation.Commit();
                        return true;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    private static int GroupLength(IReadOnlyList<RawDocument> documents, int start)
    {
        var bytes = 0;
        var count = 0;
        while (start + count < documents.Count && count < GroupCountMax)
        {
            bytes += documents[start + count].Length;
            if (count > 0 && bytes > GroupBytesMax)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private async ValueTask<bool> TryInsertAsync(
        IReadOnlyList<RawDocument> documents,
        int start,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (writer.IsInTransaction || writer.MayBeRetried(start, count))
        {
            return false;
        }

        try
        {
            return await writer
                .RunAsync(
                    operation =>
                    {
                        writer.CheckIdentity(ns);
                        var collection = writer.Ensure(operation, ns);
                        if (collection.IsCapped)
                        {
                            return false;
                        }

                        for (var i = start; i < start + count; i++)
                        {
                            Insert(operation, collection, documents[i], i);
                        }

                        operation.Commit();
                        return true;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (CommandException)
        {
            // One of the group is refused: which one is found out one by one.
            return false;
        }
    }

    private async ValueTask InsertOneAsync(
        IReadOnlyList<RawDocument> documents,
        int index,
        WriteReply reply,
        CancellationToken cancellationToken
    )
    {
        try
        {
            writer.CheckIdentity(ns);
            await InsertAsync(documents[index], index, cancellationToken).ConfigureAwait(false);
            reply.Count++;
        }
        catch (CommandException error) when (writer.IsStatementError(error))
        {
            reply.AddError(index, error);
        }
    }

    private void Insert(WriteOperation operation, CollectionInfo collection, RawDocument document, int index)
    {
        var stored = DocumentRules.ForInsert(document, operation.Node, keepsEmptyTimestamps);
        writer.Validate(collection, stored, null);
        TimeSeriesCollection.CheckBucket(collection, stored);
        operation.Insert(collection, stored, writer.StatementId(index));
    }
}
