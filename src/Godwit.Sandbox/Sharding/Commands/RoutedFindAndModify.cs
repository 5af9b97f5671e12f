using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>findAndModify</c>: on the shard of the key, else on the one that has the first document that matches.</summary>
internal sealed class RoutedFindAndModify() : RoutedCommand("findAndModify")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        var arguments = context.Arguments;
        var isUpsert = arguments["upsert"].IsTruthy();
        if (isUpsert)
        {
            _ = await router.EnsureDatabaseAsync(ns.Database, cancellationToken).ConfigureAwait(false);
        }

        using var lease = await router.Transactions.HoldAsync(context, ns, cancellationToken).ConfigureAwait(false);
        var planner = new WritePlanner(context, router, ns);
        var filter = arguments.Document("query") ?? RawDocument.Empty;
        var plan = planner.For(filter, arguments.Document("collation"), isMulti: false, isUpsert);
        if (plan.Shards.Count == 0)
        {
            return new DocumentBuilder
            {
                {
                    "lastErrorObject",
                    new DocumentBuilder
                    {
                        { "n", 0 },
                        { "updatedExisting", arguments["remove"].IsTruthy() ? default(RawValue) : false },
                    }
                },
                { "value", RawValue.Null },
            }.Build();
        }

        var isSearched = plan.IsOneOf || plan.Only is null;
        var shard = isSearched
            ? await new OneDocument(context, router, ns, planner)
                .FindShardAsync(plan, cancellationToken)
                .ConfigureAwait(false)
            : plan.Only!;
        var request = context.Request.To(new(router.Table, shard.Name));
        var reply = await InternalTransaction
            .SendAsync(context, shard, request, isSearched, cancellationToken)
            .ConfigureAwait(false);
        if (CommandBody.ErrorOf(reply) is { Code: ErrorCode.WouldChangeOwningShard, Details: { } move })
        {
            await OwnershipMove
                .RunAsync(context, router, ns, planner, shard, move, cancellationToken)
                .ConfigureAwait(false);
            return Moved(context, move);
        }

        return CommandBody.Own(reply);
    }

    private static RawDocument Moved(CommandContext context, RawDocument move)
    {
        var value = move[context.Body["new"].IsTruthy() ? "postImage" : "preImage"].AsDocument;
        var shown = context.Arguments.Document("fields") is { IsEmpty: false } fields
            ? Reading.Projections.Of(context, fields)(value)
            : value;
        return new DocumentBuilder
        {
            {
                "lastErrorObject",
                new DocumentBuilder { { "n", 1 }, { "updatedExisting", true } }
            },
            { "value", shown },
        }.Build();
    }
}
