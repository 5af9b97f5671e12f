using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Has the statements of one write command done by shards: ordered ones in their order, neighbours for one shard together; others
/// shard by shard.
/// </summary>
internal sealed class RoutedWriter(CommandContext context, Router router, string command, Namespace ns)
{
    private readonly WritePlanner planner = new(context, router, ns);
    private readonly string field = command switch
    {
        "insert" => "documents",
        "update" => "updates",
        _ => "deletes",
    };

    /// <summary>What has been done.</summary>
    internal WriteTally Tally { get; } = new();

    /// <summary>Runs all statements, or up to the first failure where ordered.</summary>
    internal async ValueTask RunAsync(
        IReadOnlyList<WriteItem> items,
        bool isOrdered,
        CancellationToken cancellationToken
    )
    {
        var batch = new List<WriteItem>();
        var open = new Dictionary<ShardServer, List<WriteItem>>();
        ShardServer? current = null;
        foreach (var item in items)
        {
            var plan = Plan(item);
            if (plan?.Only is not { } only)
            {
                await SendAsync(current, batch, isOrdered, cancellationToken).ConfigureAwait(false);
                if (MustStop(isOrdered))
                {
                    return;
                }

                await RunAloneAsync(item, plan, cancellationToken).ConfigureAwait(false);
            }
            else if (!isOrdered)
            {
                (open.TryGetValue(only, out var group) ? group : open[only] = []).Add(item);
            }
            else
            {
                if (only != current)
                {
                    await SendAsync(current, batch, isOrdered, cancellationToken).ConfigureAwait(false);
                    current = only;
                }

                batch.Add(item);
            }

            if (MustStop(isOrdered))
            {
                return;
            }
        }

        await SendAsync(current, batch, isOrdered, cancellationToken).ConfigureAwait(false);
        foreach (var (shard, group) in open)
        {
            await SendAsync(shard, group, isOrdered, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool MustStop(bool isOrdered) => Tally.HasErrors && (isOrdered || context.Session.IsTransaction);

    private WritePlan? Plan(WriteItem item)
    {
        try
        {
            return command switch
            {
                "insert" => planner.ForInsert(item.Document),
                "update" => PlanUpdate(
                    UpdateStatement.Parse(item.Document, keepsEmptyTimestamps: false, context.Member.Profile.Version)
                ),
                _ => PlanDelete(DeleteStatement.Parse(item.Document)),
            };
        }
        catch (CommandException error) when (!context.Session.IsTransaction)
        {
            Tally.AddError(item.Index, error);
            return null;
        }
    }

    private WritePlan PlanUpdate(UpdateStatement statement) =>
        planner.For(
            statement.Filter,
            statement.Collation,
            statement.IsMulti,
            statement.IsUpsert,
            statement.Change is { Type: BsonType.Document } change && !IsOperators(change.AsDocument)
                ? change.AsDocument
                : null
        );

    private static bool IsOperators(RawDocument change) => !change.IsEmpty && change.First().Name.StartsWith('$');

    private WritePlan PlanDelete(DeleteStatement statement) =>
        planner.For(statement.Filter, statement.Collation, statement.IsMulti, isUpsert: false);

    private async ValueTask RunAloneAsync(WriteItem item, WritePlan? plan, CancellationToken cancellationToken)
    {
        if (plan is null)
        {
            return;
        }

        if (!plan.IsOneOf)
        {
            foreach (var shard in plan.Shards)
            {
                var before = Tally.Count;
                await SendAsync(shard, [item], true, cancellationToken).ConfigureAwait(false);
                if (plan.EndsWithFirst && (Tally.Count > before || Tally.Errors.ContainsKey(item.Index)))
                {
                    return;
                }
            }

            return;
        }

        var search = new OneDocument(context, router, ns, planner);
        var found = await search
            .FindShardAsync(plan, item.Document, item.StatementId, cancellationToken)
            .ConfigureAwait(false);
        if (found is not null)
        {
            await SendAsync(found, [item], true, cancellationToken, isAlone: true).ConfigureAwait(false);
        }
    }

    /// <summary>Sends statements to a shard and empties the list.</summary>
    private async ValueTask SendAsync(
        ShardServer? shard,
        List<WriteItem> items,
        bool isOrdered,
        CancellationToken cancellationToken,
        bool isAlone = false
    )
    {
        if (shard is null || items.Count == 0)
        {
            return;
        }

        IReadOnlyList<WriteItem> sent = [.. items];
        items.Clear();
        var request = RequestFor(shard, sent, isOrdered);
        var reply = await InternalTransaction
            .SendAsync(context, shard, request, isAlone, cancellationToken)
            .ConfigureAwait(false);
        if (CommandBody.ErrorOf(reply) is { } refusal)
        {
            if (context.Session.IsTransaction || refusal.Code == ErrorCode.FailedToParse)
            {
                throw refusal;
            }

            foreach (var item in isOrdered ? sent.Take(1) : sent)
            {
                Tally.AddError(item.Index, refusal);
            }

            return;
        }

        await TakeInAsync(shard, reply, sent, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask TakeInAsync(
        ShardServer shard,
        RawDocument reply,
        IReadOnlyList<WriteItem> items,
        CancellationToken cancellationToken
    )
    {
        if (OwnershipMove.Asked(reply) is not { } move)
        {
            Tally.Add(reply, items);
            return;
        }

        await OwnershipMove
            .RunAsync(context, router, ns, planner, shard, move, cancellationToken)
            .ConfigureAwait(false);
        Tally.Add(1, 1);
    }

    private CommandRequest RequestFor(ShardServer shard, IReadOnlyList<WriteItem> items, bool isOrdered)
    {
        var statements = context.Session.IsRetryableWrite
            ? RawValue.Array(items.Select(item => RawValue.Int32(item.StatementId ?? item.Index)))
            : RawValue.Missing;
        var generic = new DocumentBuilder { { command, ns.Collection }, { "ordered", isOrdered } };
        foreach (var element in context.Body)
        {
            if (element.Name is "bypassDocumentValidation" or "bypassEmptyTsReplacement" or "let" or "collectionUUID")
            {
                generic.Add(element);
            }
        }

        var body = CommandBody.AppendGeneric(generic, context.Body).Add("stmtIds", statements).Build();
        var documents = items.Select(item => item.Document).ToList();
        return new(body, ns.Database, new Dictionary<string, IReadOnlyList<RawDocument>> { [field] = documents })
        {
            Routing = new(router.Table, shard.Name),
        };
    }
}
