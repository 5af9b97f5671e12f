using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>reIndex</c>: drops the indexes of a collection and makes them anew; for standalone servers only (reindex.cpp).</summary>
internal static class Rebuilding
{
    /// <summary>Runs it.</summary>
    internal static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        if (context.Member.IsReplicaSetMember)
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                $"reIndex is only allowed on a standalone mongod instance. Cannot reIndex '{ns}' while replication is active"
            );
        }

        var collection = context.Node.Catalog.Latest.Find(ns) switch
        {
            null => throw new CommandException(ErrorCode.NamespaceNotFound, "collection does not exist"),
            { IsView: true } => throw new CommandException(
                ErrorCode.CommandNotSupportedOnView,
                $"can't re-index a view: {ns}"
            ),
            { } found => found,
        };
        var specs = collection.Indexes.Select(index => RawValue.Document(index.Spec)).ToList();
        var others = collection.Indexes.Where(index => !index.IsIdIndex).Select(index => index.Spec).ToList();
        if (others.Count > 0)
        {
            await SendAsync("dropIndexes", "index", "*").ConfigureAwait(false);
            await SendAsync("createIndexes", "indexes", RawValue.Array(others.Select(RawValue.Document)))
                .ConfigureAwait(false);
        }

        return new()
        {
            { "nIndexesWas", specs.Count },
            { "nIndexes", specs.Count },
            { "indexes", RawValue.Array(specs) },
        };

        async ValueTask SendAsync(string command, string field, RawValue value) =>
            _ = await context
                .Member.Writes.RunAsync(
                    ns.Database,
                    new() { { command, ns.Collection }, { field, value } },
                    cancellationToken
                )
                .ConfigureAwait(false);
    }
}
