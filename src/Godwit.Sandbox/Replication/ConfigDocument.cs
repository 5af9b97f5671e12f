using Godwit.Bson;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// The configuration as clients read it on each member, in <c>local.system.replset</c>: the shell's
/// <c>rs.printSecondaryReplicationInfo()</c> asks for it there. Members go by their <see cref="ConfigRecord"/>, which knows other ports.
/// </summary>
internal static class ConfigDocument
{
    private static readonly Namespace Collection = new("local", "system.replset");

    /// <summary>Makes the document say what the member knows now, whichever of several changes comes last.</summary>
    internal static void Keep(Node node, Func<ReplicaConfig?> current)
    {
        lock (node.WriteLock)
        {
            if (current() is not { } config)
            {
                return;
            }

            using var operation = new WriteOperation(node) { IsApplying = true };
            var collection =
                operation.Find(Collection) ?? CatalogWriter.Create(operation, Collection, RawDocument.Empty);
            var document = config.ToDocument(showsNewlyAdded: true);
            if (operation.Reader(collection).Scan().Take(1).ToList() is not [var before])
            {
                operation.Insert(collection, document);
            }
            else if (before.Document != document)
            {
                operation.Replace(collection, before, document, document);
            }
            else
            {
                return;
            }

            node.Commit(operation.Unit);
        }
    }
}
