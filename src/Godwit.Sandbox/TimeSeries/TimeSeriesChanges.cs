using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>Deletes and updates of measurements, as far as MongoDB has them: any measurement can be deleted, only the source be changed.</summary>
internal sealed class TimeSeriesChanges(CommandContext context, Writer writer, TimeSeriesCollection target)
{
    /// <summary>Deletes; gives the number of measurements.</summary>
    internal async ValueTask<int> DeleteAsync(DeleteStatement statement, int index, CancellationToken cancellationToken)
    {
        CheckNoTransaction("delete");
        var matches = statement.Query(context, target.Buckets).Filter;
        var removed = 0;
        foreach (var key in Keys())
        {
            if (removed > 0 && !statement.IsMulti)
            {
                break;
            }

            removed += await writer
                .RunAsync(
                    operation =>
                        DeleteFrom(operation, key, matches.Matches, statement.IsMulti, writer.StatementId(index)),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        return removed;
    }

    /// <summary>Changes the source of measurements.</summary>
    internal async ValueTask<UpdateResult> UpdateAsync(UpdateStatement statement, CancellationToken cancellationToken)
    {
        CheckNoTransaction("update");
        CheckUpdate(statement);
        var query = statement.Query(context, target.Buckets);
        var program = statement.Program(context, query);
        var result = new UpdateResult();
        foreach (var key in Keys())
        {
            var one = await writer
                .RunAsync(
                    operation => UpdateIn(operation, key, query, document => program.Apply(document, null).After),
                    cancellationToken
                )
                .ConfigureAwait(false);
            result = result with { Matched = result.Matched + one.Matched, Modified = result.Modified + one.Modified };
        }

        return result;
    }

    private List<byte[]> Keys()
    {
        using var view = context.Node.View();
        view.Routing = context.Request.Routing;
        return [.. new CollectionReader(view, target.Buckets).Scan().Select(record => record.Key)];
    }

    private int DeleteFrom(
        WriteOperation operation,
        byte[] key,
        Func<RawDocument, bool> matches,
        bool isMulti,
        int statement
    )
    {
        if (operation.Reader(target.Buckets).Get(key) is not { } bucket)
        {
            return 0;
        }

        var options = target.Options;
        var all = Bucket.Measurements(bucket, options);
        var removed = 0;
        var kept = all.Where(measurement =>
            {
                var goes = (isMulti || removed == 0) && matches(measurement);
                removed += goes ? 1 : 0;
                return !goes;
            })
            .ToList();
        if (removed == 0)
        {
            return 0;
        }

        var record = new StoredRecord(key, bucket);
        if (kept.Count == 0)
        {
            operation.Remove(target.Buckets, record, statement);
        }
        else
        {
            var least = kept.Min(measurement => measurement[options.TimeField].AsDateTimeMilliseconds);
            var start = RawValue.DateTime(options.BucketStart(least));
            var after = Bucket.Pack(bucket["_id"], bucket["meta"], start, options, kept);
            operation.Replace(target.Buckets, record, after, after, statement);
        }

        operation.Commit();
        return removed;
    }

    private UpdateResult UpdateIn(
        WriteOperation operation,
        byte[] key,
        DocumentQuery query,
        Func<RawDocument, RawDocument> change
    )
    {
        if (operation.Reader(target.Buckets).Get(key) is not { } bucket)
        {
            return new();
        }

        var meta = target.Options.MetaField!;
        var source = new DocumentBuilder { { meta, bucket["meta"] } }.Build();
        if (!query.Filter.Matches(source))
        {
            return new();
        }

        var count = (int)(
            bucket["control"].AsDocument["count"].ToInt64() ?? Bucket.Measurements(bucket, target.Options).Count
        );
        var changed = change(source)[meta];
        if (changed == bucket["meta"])
        {
            return new() { Matched = count };
        }

        var after = new DocumentBuilder
        {
            { "_id", bucket["_id"] },
            { "control", bucket["control"] },
            { "meta", changed },
            { "data", bucket["data"] },
        }.Build();
        if (
            context.Request.Routing?.KeyOf(target.Buckets) is { } shardKey
            && !shardKey.KeyOf(bucket).Equals(shardKey.KeyOf(after))
        )
        {
            throw Invalid("Cannot change the shard key of measurements of a sharded time-series collection");
        }

        var diff = DiffCalculator.Compute(bucket, after);
        var logged = diff is { } found ? new DocumentBuilder { { "$v", 2 }, { "diff", found } }.Build() : after;
        operation.Replace(target.Buckets, new(key, bucket), after, logged);
        operation.Commit();
        return new() { Matched = count, Modified = count };
    }

    private void CheckNoTransaction(string command)
    {
        if (writer.IsInTransaction)
        {
            throw new CommandException(
                ErrorCode.OperationNotSupportedInTransaction,
                $"Cannot perform a multi-document transaction's {command} on a time-series collection"
            );
        }
    }

    private void CheckUpdate(UpdateStatement statement)
    {
        if (target.Options.MetaField is not { } meta)
        {
            throw Invalid("Cannot perform an update on a time-series collection that does not have a metaField");
        }

        if (!statement.IsMulti)
        {
            throw Invalid("Cannot perform a non-multi update on a time-series collection");
        }

        if (statement.IsUpsert)
        {
            throw Invalid("Cannot perform an upsert on a time-series collection");
        }

        if (!Uses(statement.Filter, meta))
        {
            throw Invalid(
                $"Cannot perform an update or delete on a time-series collection when querying on a field that is not the metaField '{meta}'"
            );
        }

        if (statement.Change.Type != BsonType.Document || !ChangesOnly(statement.Change.AsDocument, meta))
        {
            throw Invalid(
                $"Cannot perform an update on a time-series collection which updates a field that is not the metaField '{meta}'"
            );
        }
    }

    private static bool Uses(RawDocument filter, string meta) =>
        filter.All(element =>
            element.Name is "$and" or "$or" or "$nor"
                ? element.Value.AsDocument.Values().All(part => Uses(part.AsDocument, meta))
                : IsOf(element.Name, meta)
        );

    private static bool ChangesOnly(RawDocument change, string meta) =>
        change.All(element =>
            element.Name.StartsWith('$')
            && element.Value.Type == BsonType.Document
            && element.Value.AsDocument.All(field => IsOf(field.Name, meta))
        );

    private static bool IsOf(string path, string meta) =>
        path == meta || path.StartsWith(meta + ".", StringComparison.Ordinal);

    private static CommandException Invalid(string message) => new(ErrorCode.InvalidOptions, message);
}
