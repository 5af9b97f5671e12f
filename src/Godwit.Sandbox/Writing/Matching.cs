using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Finds what a statement on many documents will touch, before it touches any: a document changed is not met again.</summary>
internal static class Matching
{
    /// <summary>Record keys of the documents that match now.</summary>
    internal static List<byte[]> Keys(CommandContext context, Namespace ns, DocumentQuery query)
    {
        using var view = ReadViews.ForWrite(context);
        return view.Catalog.Find(ns) is { } collection
            ?
            [
                .. query
                    .Find(new CollectionReader(view, collection))
                    .Select(record => record.Key)
                    .Distinct(ByteOrder.Equality),
            ]
            : [];
    }
}
