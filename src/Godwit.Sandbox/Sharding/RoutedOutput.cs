using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Stages;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Writes what a router's pipeline gives: into an unsharded collection its shard does, by the last stage on the documents.</summary>
internal static class RoutedOutput
{
    /// <summary>Has the stage done.</summary>
    internal static async ValueTask WriteAsync(
        CommandContext context,
        Router router,
        Namespace target,
        RawDocument stage,
        IEnumerable<RawDocument> documents,
        CancellationToken cancellationToken
    )
    {
        if (router.Table.Find(target) is { IsUnsplittable: false } sharded)
        {
            if (stage.Has("$out"))
            {
                throw new CommandException(28769, $"{target} cannot be sharded");
            }

            var place = StageContext.For(context, new(context.Database, ""), null, context.Arguments.Document("let"));
            await new RoutedMerge(context, router, sharded, place)
                .RunAsync(stage["$merge"], documents, cancellationToken)
                .ConfigureAwait(false);
            return;
        }

        var shard = await router.EnsureDatabaseAsync(target.Database, cancellationToken).ConfigureAwait(false);
        var home = router.HomeOf(target) ?? shard;
        var list = new DocumentBuilder { { "$documents", RawValue.Array(documents.Select(RawValue.Document)) } };
        var command = new DocumentBuilder
        {
            { "aggregate", 1 },
            { "pipeline", new ArrayBuilder { list, stage }.Build() },
            { "cursor", RawDocument.Empty },
        };
        var body = CommandBody.AppendGeneric(command, context.Body).Build();
        var (_, reply) = await router
            .SendAsync(context, home, new(body, context.Database), cancellationToken)
            .ConfigureAwait(false);
        CommandBody.Check(reply);
    }
}
