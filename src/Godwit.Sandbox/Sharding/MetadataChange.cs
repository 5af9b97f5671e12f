using Godwit.Bson;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>One change of the documents in <c>config</c>, committed as a whole.</summary>
internal sealed class MetadataChange
{
    private readonly WriteOperation operation;

    private MetadataChange(WriteOperation operation, Member member)
    {
        this.operation = operation;
        Member = member;
    }

    /// <summary>The config server that writes.</summary>
    internal Member Member { get; }

    /// <summary>A time after everything the config servers know of, for what becomes valid with this change.</summary>
    internal ClusterTime Time => operation.Node.Clock.Tick();

    /// <summary>Runs a change and gives the time of its commit.</summary>
    internal static ClusterTime Run(Member member, Action<MetadataChange> change)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            foreach (var ns in ConfigNames.All.Where(ns => member.Node.Catalog.Latest.Find(ns) is null))
            {
                using var creation = new WriteOperation(member.Node);
                _ = CatalogWriter.Create(creation, ns, RawDocument.Empty);
                creation.Commit();
            }

            using var operation = new WriteOperation(member.Node);
            change(new(operation, member));
            if (operation.Drafts.Count > 0)
            {
                operation.Commit();
            }

            return member.Node.LastApplied.Time;
        }
    }

    /// <summary>The document of an <c>_id</c>.</summary>
    internal RawDocument? Find(Namespace ns, RawValue id) => Reader(ns).FindById(id)?.Document;

    /// <summary>All documents that a condition holds for.</summary>
    internal IReadOnlyList<RawDocument> Where(Namespace ns, Func<RawDocument, bool> condition) =>
        operation.Find(ns) is null ? [] : [.. Reader(ns).Scan().Select(record => record.Document).Where(condition)];

    /// <summary>Puts a document in the place of the one with its <c>_id</c>, or adds it.</summary>
    internal void Put(Namespace ns, RawDocument document)
    {
        var collection = operation.Find(ns)!;
        if (Reader(ns).FindById(document["_id"]) is not { } record)
        {
            operation.Insert(collection, document);
        }
        else if (record.Document != document)
        {
            operation.Replace(collection, record, document, document);
        }
    }

    /// <summary>Removes all documents that a condition holds for.</summary>
    internal void Remove(Namespace ns, Func<RawDocument, bool> condition)
    {
        var collection = operation.Find(ns)!;
        foreach (var record in Reader(ns).Scan().Where(record => condition(record.Document)).ToList())
        {
            operation.Remove(collection, record);
        }
    }

    private CollectionReader Reader(Namespace ns) => operation.Reader(operation.Find(ns)!);
}
