using System.Collections.Concurrent;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// The index builds of a member that are not finished. What is known of them beyond the catalog: which run in this process, and why
/// one was aborted by another command. A build that nobody runs (its primary died or stepped down) is taken up again.
/// </summary>
internal sealed class IndexBuilds(Node node)
{
    private readonly ConcurrentDictionary<Guid, CommandException?> running = new();

    /// <summary>Notes that a build runs here. <see langword="false"/> if it does already.</summary>
    internal bool TryEnter(Guid build) => running.TryAdd(build, null);

    /// <summary>Notes that a build does not run here any more.</summary>
    internal void Leave(Guid build) => _ = running.TryRemove(build, out _);

    /// <summary>Why another command ended a build.</summary>
    internal CommandException? ReasonOf(Guid build) => running.GetValueOrDefault(build);

    /// <summary>Refuses a change of a collection that cannot be made while an index of it is built.</summary>
    internal static void CheckNone(CollectionInfo collection)
    {
        if (collection.Indexes.Any(index => !index.IsReady))
        {
            throw new CommandException(
                ErrorCode.BackgroundOperationInProgressForNamespace,
                $"cannot perform operation: an index build is currently running for collection '{collection.Namespace}'"
            );
        }
    }

    /// <summary>Ends every build of a collection. Call with the write lock held.</summary>
    internal void AbortOf(CollectionInfo collection, CommandException reason)
    {
        foreach (var build in BuildsOf(collection))
        {
            Abort(node.Catalog.Latest.Find(collection.Uuid)!, build, reason);
        }
    }

    /// <summary>Ends every build of collections for which the condition holds. Call with the write lock held.</summary>
    internal void AbortWhere(Func<CollectionInfo, bool> condition, CommandException reason)
    {
        foreach (var collection in node.Catalog.Latest.Collections.Where(condition))
        {
            AbortOf(collection, reason);
        }
    }

    /// <summary>Ends one build: its indexes go, the oplog says why. Call with the write lock held.</summary>
    internal void Abort(CollectionInfo collection, Guid build, CommandException reason)
    {
        _ = running.TryUpdate(build, reason, null);
        IndexBuild.Of(node, collection, build).Abort(reason);
    }

    /// <summary>Takes up the builds that nobody runs, as a new primary does.</summary>
    internal async ValueTask ResumeAsync(Faults.FailPointTable failPoints, CancellationToken cancellationToken)
    {
        foreach (
            var collection in node.Catalog.Latest.Collections.Where(one => one.Indexes.Any(index => !index.IsReady))
        )
        {
            foreach (var build in BuildsOf(collection).Where(TryEnter))
            {
                try
                {
                    await IndexBuild
                        .Of(node, collection, build)
                        .RunAsync(failPoints, cancellationToken)
                        .ConfigureAwait(false);
                }
                catch (CommandException)
                {
                    // Nobody waits for its outcome: the oplog has it.
                }
            }
        }
    }

    private static List<Guid> BuildsOf(CollectionInfo collection) =>
        [.. collection.Indexes.Select(index => index.BuildUuid).OfType<Guid>().Distinct()];
}
