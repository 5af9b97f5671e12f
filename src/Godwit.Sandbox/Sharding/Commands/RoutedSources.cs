using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>aggregate</c> without a collection: operations of all shards, sessions, documents given.</summary>
internal static class RoutedSources
{
    /// <summary>Runs the pipeline.</summary>
    internal static async ValueTask<RawDocument> RunAsync(
        CommandContext context,
        Router router,
        IReadOnlyList<RawDocument> stages,
        CancellationToken cancellationToken
    )
    {
        var ns = new Namespace(context.Database, "$cmd.aggregate");
        switch (stages.Count == 0 || stages[0].IsEmpty ? "" : stages[0].First().Name)
        {
            case "$currentOp":
                var options = stages[0]["$currentOp"] is { Type: BsonType.Document } given
                    ? given.AsDocument
                    : throw new CommandException(
                        ErrorCode.FailedToParse,
                        "$currentOp options must be specified in an object"
                    );
                return Answer(
                    await RoutedOperations.ListAsync(context, options, cancellationToken).ConfigureAwait(false)
                );
            case "$shardedDataDistribution":
                return Answer(await DataDistribution.ReadAsync(router, cancellationToken).ConfigureAwait(false));
            case "$documents":
                return await RoutedReads
                    .ForwardAsync(context, router.Cluster.AnyShard, cancellationToken)
                    .ConfigureAwait(false);
            case "$listLocalSessions":
                return await CommandTable.Find("aggregate")!.RunAsync(context, cancellationToken).ConfigureAwait(false);
            case var name:
                throw new CommandException(
                    ErrorCode.InvalidNamespace,
                    $"{{aggregate: 1}} is not valid for '{name}'; a collection is required."
                );
        }

        RawDocument Answer(List<RawDocument> all)
        {
            var place = Aggregation.Stages.StageContext.For(context, ns, null, null);
            var rest = Aggregation.Stages.Pipeline.Parse([.. stages.Skip(1)], place);
            return Reading.ListReply.Open(context, new EnumerableSource(rest.Run(all)), new(ns));
        }
    }
}
