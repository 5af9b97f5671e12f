using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Copies into a new capped collection what fits of the newest documents. Change streams do not see the copies (S1a).</summary>
internal static class CappedCopy
{
    /// <summary>Makes the capped collection and fills it.</summary>
    internal static void Run(
        Node node,
        CollectionInfo source,
        Namespace to,
        long bytesMax,
        RawValue size,
        bool isTemporary
    )
    {
        // A clustered one stays clustered (recording random_7, step 48).
        var options = OptionOrder.Set(OptionOrder.Set(source.Options, "capped", true), "size", size);
        options = isTemporary ? OptionOrder.Set(options, "temp", true) : options;
        var copy = CollectionCopy.Create(node, source, to, options, withIndexes: false);
        CollectionCopy.Documents(node, source, copy, fromMigrate: true, LastThatDoesNotFit(node, source, bytesMax));
    }

    private static byte[]? LastThatDoesNotFit(Node node, CollectionInfo source, long bytesMax)
    {
        if (node.Sizes[source.Ident].Bytes <= bytesMax)
        {
            return null;
        }

        using var view = node.View();
        long bytes = 0;
        foreach (var record in new CollectionReader(view, source).Scan(isForward: false))
        {
            bytes += record.Document.Length;
            if (bytes > bytesMax)
            {
                return record.Key;
            }
        }

        return null;
    }
}
