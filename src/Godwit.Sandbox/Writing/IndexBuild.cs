using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// Builds indexes over documents that exist, in two phases as on a replica set: start in the oplog, entries in chunks while others
/// write (they keep the unfinished indexes too), then commit, or abort when a unique key is there twice.
/// </summary>
internal sealed class IndexBuild
{
    private const int ChunkBytesMax = 8 * 1024 * 1024;
    private readonly Node node;
    private readonly CollectionInfo collection;
    private readonly Guid build;
    private readonly IReadOnlyList<RawDocument> specs;

    private IndexBuild(Node node, CollectionInfo collection, Guid build, IReadOnlyList<RawDocument> specs)
    {
        this.node = node;
        this.collection = collection;
        this.build = build;
        this.specs = specs;
    }

    /// <summary>Starts a build. Call with the write lock held.</summary>
    internal static IndexBuild Start(Node node, CollectionInfo collection, IReadOnlyList<RawDocument> specs)
    {
        var made = new IndexBuild(node, collection, Guid.NewGuid(), specs);
        made.Step(
            "startIndexBuild",
            operation =>
                _ = specs.Aggregate(
                    collection,
                    (current, spec) => IndexCatalog.Add(operation, current, spec, made.build)
                )
        );
        _ = node.Builds.TryEnter(made.build);
        return made;
    }

    /// <summary>A build that the catalog has.</summary>
    internal static IndexBuild Of(Node node, CollectionInfo collection, Guid build) =>
        new(node, collection, build, [.. IndexesOf(collection, build).Select(index => index.Spec)]);

    /// <summary>A collection with the indexes of a build ready.</summary>
    internal static CollectionInfo Finished(CollectionInfo collection, Guid build) =>
        collection with
        {
            Indexes =
            [
                .. collection.Indexes.Select(index =>
                    index.BuildUuid == build ? index with { BuildUuid = null } : index
                ),
            ],
        };

    /// <summary>Adds the entries of all documents to the indexes of a build. Call with the write lock held.</summary>
    internal static void Fill(Node node, CollectionInfo collection, Guid build)
    {
        byte[]? last = null;
        do
        {
            last = FillChunk(node, collection, build, last);
        } while (last is not null);
    }

    /// <summary>Builds, once entered among those that run; on failure nothing is left and the reason is thrown.</summary>
    internal async ValueTask RunAsync(FailPointTable failPoints, CancellationToken cancellationToken)
    {
        try
        {
            await HangAsync(failPoints, "hangAfterStartingIndexBuild", cancellationToken).ConfigureAwait(false);
            byte[]? last = null;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                last = Locked(current => FillChunk(node, current, build, last));
            } while (last is not null);
            await HangAsync(failPoints, "hangIndexBuildBeforeCommit", cancellationToken).ConfigureAwait(false);
            _ = Locked(current =>
            {
                CheckUnique(current);
                Step(
                    "commitIndexBuild",
                    operation => operation.Unit.CatalogChanges.Add(new(current, Finished(current, build)))
                );
                return true;
            });
        }
        catch (OperationCanceledException)
        {
            AbortIfOpen(new(ErrorCode.Interrupted, "operation was interrupted"));
            throw;
        }
        finally
        {
            node.Builds.Leave(build);
        }
    }

    /// <summary>Lets go of the indexes and says why in the oplog. Call with the write lock held.</summary>
    internal void Abort(CommandException reason)
    {
        var current = node.Catalog.Latest.Find(collection.Uuid)!;
        var cause = new DocumentBuilder
        {
            { "ok", false },
            { "code", (int)reason.Code },
            { "codeName", reason.CodeName },
            { "errmsg", reason.Message },
        };
        Step(
            "abortIndexBuild",
            operation =>
                _ = IndexesOf(current, build)
                    .Aggregate(current, (left, index) => IndexCatalog.Forget(operation, left, index)),
            (reason.Details is { } details ? cause.AddAll(details) : cause).Build()
        );
    }

    private static List<IndexInfo> IndexesOf(CollectionInfo collection, Guid build) =>
        [.. collection.Indexes.Where(index => index.BuildUuid == build)];

    private static byte[]? FillChunk(Node node, CollectionInfo collection, Guid build, byte[]? after)
    {
        var indexes = IndexesOf(collection, build);
        using var operation = new WriteOperation(node);
        byte[]? last = null;
        foreach (var record in operation.Reader(collection).Scan(after: after))
        {
            indexes.ForEach(index => operation.AddEntries(collection, index, record));
            if (operation.Unit.Size > ChunkBytesMax)
            {
                last = record.Key;
                break;
            }
        }

        node.Commit(operation.Unit);
        return last;
    }

    /// <summary>Does a step on the collection as it is now, unless the build was ended meanwhile; a failure ends it.</summary>
    private T Locked<T>(Func<CollectionInfo, T> step)
    {
        lock (node.WriteLock)
        {
            if (node.Builds.ReasonOf(build) is { } reason)
            {
                throw Failed(reason);
            }

            if (node.Catalog.Latest.Find(collection.Uuid) is not { } current || IndexesOf(current, build).Count == 0)
            {
                throw Failed(new(ErrorCode.IndexBuildAborted, "the index build was ended by another member"));
            }

            try
            {
                return step(current);
            }
            catch (CommandException failure) when (node.AcceptsWrites)
            {
                Abort(failure);
                throw Failed(failure);
            }
        }
    }

    private void AbortIfOpen(CommandException reason)
    {
        lock (node.WriteLock)
        {
            if (
                node.AcceptsWrites
                && node.Catalog.Latest.Find(collection.Uuid) is { } current
                && IndexesOf(current, build).Count > 0
            )
            {
                Abort(reason);
            }
        }
    }

    private static async ValueTask HangAsync(
        FailPointTable failPoints,
        string name,
        CancellationToken cancellationToken
    )
    {
        if (failPoints.Enter(name) is not null)
        {
            await failPoints
                .Changed.WaitAsync(() => failPoints.Find(name) is null, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Writers let duplicates into an index that is being built; whether any is left is decided at the end.</summary>
    private void CheckUnique(CollectionInfo current)
    {
        using var view = node.View();
        foreach (var index in IndexesOf(current, build).Where(index => index.IsUnique))
        {
            if (new UniqueViolations(new(view, current), index).First() is { } document)
            {
                throw DuplicateKey.Error(current, index, document);
            }
        }
    }

    private void Step(string command, Action<WriteOperation> change, RawDocument? cause = null)
    {
        using var operation = new WriteOperation(node);
        change(operation);
        var entry = new DocumentBuilder
        {
            { command, collection.Namespace.Collection },
            { "indexBuildUUID", RawValue.Uuid(build) },
            { "indexes", RawValue.Array(specs.Select(RawValue.Document)) },
            { "cause", cause is { } document ? document : default(RawValue) },
        };
        operation.LogCommand(collection, entry.Build(), null);
        operation.Commit();
    }

    private CommandException Failed(CommandException reason) =>
        new(
            reason.Code,
            $"Index build failed: {build}: Collection {collection.Namespace} ( {collection.Uuid} ) :: caused by :: {reason.Message}",
            reason.Details
        );
}
