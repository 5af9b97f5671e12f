using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>refineCollectionShardKey</c>.</summary>
internal static class RefineCommand
{
    /// <summary>Runs it.</summary>
    internal static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = Namespace.Parse(context.Arguments.RequiredString(context.Request.Name));
        var key = ShardKeyPattern.Parse(context.Arguments.RequiredDocument("key"));
        await KeyRefinement.RunAsync(context, router, ns, key, cancellationToken).ConfigureAwait(false);
        return [];
    }
}
