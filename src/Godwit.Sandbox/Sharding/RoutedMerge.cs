using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// <c>$merge</c> into a sharded collection: every document is a write of its own to the shard that owns its key. Documents are the
/// same by shard key and <c>_id</c>, or by the fields of a unique index (document_source_merge.cpp).
/// </summary>
internal sealed class RoutedMerge(CommandContext context, Router router, ShardedCollection target, StageContext place)
{
    /// <summary>Writes the documents.</summary>
    internal async ValueTask RunAsync(
        RawValue specification,
        IEnumerable<RawDocument> documents,
        CancellationToken cancellationToken
    )
    {
        var merge = MergeSpecification.Parse(specification, place);
        var fields = await FieldsAsync(merge, cancellationToken).ConfigureAwait(false);
        var variables = (merge.Let ?? new DocumentBuilder { { "new", "$$ROOT" } }.Build())
            .Select(variable => (variable.Name, Value: place.Expression(variable.Value)))
            .ToList();
        using var lease = await router
            .Transactions.HoldAsync(context, target.Namespace, cancellationToken)
            .ConfigureAwait(false);
        foreach (var document in documents)
        {
            var given = WithId(document, fields);
            var constants = MergeStage.OuterVariables(context, variables.Select(variable => variable.Name));
            variables.ForEach(variable =>
                constants.Add(variable.Name, new DocumentBuilder { { "$literal", variable.Value(given) } })
            );
            await WriteAsync(merge, Key(given, fields), given, constants, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WriteAsync(
        MergeSpecification merge,
        RawDocument key,
        RawDocument document,
        DocumentBuilder constants,
        CancellationToken cancellationToken
    )
    {
        if (merge.Mode == "fail")
        {
            await InsertAsync(document, cancellationToken).ConfigureAwait(false);
            return;
        }

        var inserts = merge.WhenNotMatched == "insert";
        var statement = new DocumentBuilder
        {
            { "q", key },
            { "u", Change(merge, document) },
            { "multi", false },
        };
        if (merge.HasPipeline)
        {
            statement.Add("c", constants);
        }
        else
        {
            statement.Add("upsert", inserts);
        }

        var tally = await SendAsync("update", statement.Build(), cancellationToken).ConfigureAwait(false);
        if (tally.Count > 0)
        {
            return;
        }

        if (merge.WhenNotMatched == "fail")
        {
            throw new CommandException(
                ErrorCode.MergeStageNoMatchingDocument,
                "$merge could not find a matching document in the target collection for at least one document in the source collection"
            );
        }

        if (merge.HasPipeline && inserts)
        {
            await InsertAsync(document, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask InsertAsync(RawDocument document, CancellationToken cancellationToken) =>
        _ = await SendAsync("insert", document, cancellationToken).ConfigureAwait(false);

    private async ValueTask<WriteTally> SendAsync(string command, RawDocument item, CancellationToken cancellationToken)
    {
        var body = CommandBody.AppendGeneric(
            new() { { command, target.Namespace.Collection } },
            CommandBody.Without(context.Body, "readConcern", "$readPreference", "explain")
        );
        var write = context.For(
            new CommandRequest(body.Build(), target.Namespace.Database),
            CommandTable.Find(command)!.Traits
        );
        var writer = new RoutedWriter(write, router, command, target.Namespace);
        await writer.RunAsync([new(0, item, null)], isOrdered: true, cancellationToken).ConfigureAwait(false);
        return writer.Tally.Errors.TryGetValue(0, out var error)
            ? throw new CommandException((ErrorCode)(error["code"].ToInt64() ?? 1), error["errmsg"].AsString)
            : writer.Tally;
    }

    private async ValueTask<IReadOnlyList<string>> FieldsAsync(
        MergeSpecification merge,
        CancellationToken cancellationToken
    )
    {
        if (merge.On.Count == 0)
        {
            return [.. target.Key.Paths.Where(path => path != "_id"), "_id"];
        }

        var model = await CollectionDefinition
            .FindAsync(router.Cluster.Shard(target.Chunks[0].Shard), target.Namespace, cancellationToken)
            .ConfigureAwait(false);
        var wanted = merge.On.ToHashSet(StringComparer.Ordinal);
        var isUnique =
            wanted.SetEquals(["_id"]) && target.Key.IsIdAlone
            || wanted.SetEquals(target.Key.Paths.Append("_id"))
            || model?.Indexes.Any(index =>
                index.IsUnique
                && index.IsReady
                && !index.Spec.Has("partialFilterExpression")
                && wanted.SetEquals(index.Key.Select(part => part.Name))
            ) == true;
        return isUnique
            ? merge.On
            : throw new CommandException(51183, "Cannot find index to verify that join fields will be unique");
    }

    private RawDocument WithId(RawDocument document, IReadOnlyList<string> fields) =>
        document.Has("_id") || !fields.Contains("_id", StringComparer.Ordinal)
            ? document
            : new DocumentBuilder(document.Length + 32)
                .AddAll(document)
                .Add("_id", DocumentRules.NewId(context.Node))
                .Build();

    private static RawValue Change(MergeSpecification merge, RawDocument document) =>
        merge.Mode switch
        {
            "merge" => new DocumentBuilder { { "$set", document } },
            "keepExisting" => new DocumentBuilder { { "$setOnInsert", document } },
            "replace" => document,
            _ => merge.WhenMatched,
        };

    private static RawDocument Key(RawDocument document, IReadOnlyList<string> fields)
    {
        var key = new DocumentBuilder();
        foreach (var field in fields)
        {
            var value = NestedFields.Get(document, FieldNames.SplitPath(field));
            if (value.Type == BsonType.Array || value.IsNullish)
            {
                throw value.Type == BsonType.Array
                    ? new CommandException(51185, $"$merge write error: 'on' field '{field}' is an array")
                    : new CommandException(
                        51132,
                        $"$merge write error: 'on' field '{field}' cannot be missing, null, undefined or an array"
                    );
            }

            key.Add(field, new DocumentBuilder { { "$eq", value } });
        }

        return key.Build();
    }
}
