using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>currentOp</c>: the operations of all shards, by shard; other fields are a filter (cluster_current_op.cpp).</summary>
internal sealed class RoutedCurrentOperation() : RoutedCommand("currentOp")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var filter = new DocumentBuilder();
        foreach (var element in context.Body.Skip(1))
        {
            if (!element.Name.StartsWith('$') && !GenericArgumentsParser.IsGeneric(element.Name))
            {
                filter.Add(element);
            }
        }

        var options = new DocumentBuilder
        {
            { "allUsers", !context.Body["$ownOps"].IsTruthy() },
            { "idleConnections", context.Body["$all"].IsTruthy() },
        };
        var found = await RoutedOperations.ListAsync(context, options.Build(), cancellationToken).ConfigureAwait(false);
        return new DocumentBuilder
        {
            { "inprog", RawValue.Array(found.Where(Filtering.Of(filter.Build())).Select(RawValue.Document)) },
        }.Build();
    }
}
