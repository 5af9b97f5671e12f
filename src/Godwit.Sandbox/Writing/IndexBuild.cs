using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// Builds indexes over documents that exist: start in the oplog, entries in chunks, then commit, or abort when a unique key is there
/// twice. Runs within the write lock, so that nothing is written meanwhile.
/// </summary>
internal sealed class IndexBuild(Node node, CollectionInfo collection, IReadOnlyList<RawDocument> specs)
{
    private const int ChunkBytesMax = 8 * 1024 * 1024;
    private readonly Guid build = Guid.NewGuid();

    /// <summary>Builds; on failure nothing is left and the reason is thrown.</summary>
    internal void Run()
    {
        Start();
        try
        {
            Fill(node, Current, build);
        }
        catch (CommandException reason)
        {
            Abort(reason);
            throw Failed(reason);
        }

        Step("commitIndexBuild", Finish);
    }

    /// <summary>Adds the entries of all documents to the indexes of a build.</summary>
    internal static void Fill(Node node, CollectionInfo collection, Guid build)
    {
        var indexes = collection.Indexes.Where(index => index.BuildUuid == build).ToList();
        using var source = node.View();
        var operation = new WriteOperation(node);
        try
        {
            foreach (var record in new CollectionReader(source, collection).Scan())
            {
                indexes.ForEach(index => operation.AddEntries(collection, index, record));
                if (operation.Unit.Size > ChunkBytesMax)
                {
                    node.Commit(operation.Unit);
                    operation.Dispose();
                    operation = new(node);
                }
            }

            node.Commit(operation.Unit);
        }
        finally
        {
            operation.Dispose();
        }
    }

    private CollectionInfo Current => node.Catalog.Latest.Find(collection.Uuid)!;

    private void Start() =>
        Step(
            "startIndexBuild",
            operation =>
                _ = specs.Aggregate(Current, (current, spec) => IndexCatalog.Add(operation, current, spec, build))
        );

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

    private void Finish(WriteOperation operation) =>
        operation.Unit.CatalogChanges.Add(new(Current, Finished(Current, build)));

    private void Abort(CommandException reason) =>
        Step(
            "abortIndexBuild",
            operation =>
                _ = Current
                    .Indexes.Where(index => index.BuildUuid == build)
                    .Aggregate(Current, (current, index) => IndexCatalog.Forget(operation, current, index)),
            new DocumentBuilder
            {
                { "ok", false },
                { "code", (int)reason.Code },
                { "codeName", reason.CodeName },
                { "errmsg", Describe(reason) },
            }.Build()
        );

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

    private string Describe(CommandException reason) =>
        $"Collection {collection.Namespace} ( {collection.Uuid} ) :: caused by :: {reason.Message}";

    private CommandException Failed(CommandException reason) =>
        new(reason.Code, $"Index build failed: {build}: {Describe(reason)}", reason.Details);
}
